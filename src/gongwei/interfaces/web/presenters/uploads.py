"""Uploads as plain words."""

from collections.abc import Mapping
from typing import Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import layouts, option_text

_TITLES = {
    "accepted": "通过",
    "questioned": "通过，有提示",
    "existing": "已存在",
    "rejected": "未通过",
    "applied": "已写入",
}
_SEVERITIES = {"block": "须修改", "warn": "提示", "ask": "请核对", "note": "说明"}


def upload(found: Any) -> dict[str, Any]:
    """An upload for a list or its own page."""
    counts: Mapping[str, int] = found.counts
    ready = counts.get("accepted", 0) + counts.get("questioned", 0)
    return {
        "id": found.id,
        "title": dict(layouts.codes_with_layout()).get(found.code, found.code),
        "code": found.code,
        "file_name": found.file_name,
        "size": f"{found.size / 1024:,.0f} KB" if found.size < 2**20 else f"{found.size / 2**20:,.1f} MB",
        "state": found.state,
        "state_words": found.get_state_display(),
        "problem": found.problem,
        "notes": found.notes,
        "counts": [(title, counts.get(name, 0), name) for name, title in _TITLES.items() if counts.get(name)],
        "total": counts.get("total", 0),
        "ready": ready,
        "rejected": counts.get("rejected", 0),
        "busy": found.state in ("waiting", "checking", "applying"),
        "has_rows": found.state in ("checked", "applying", "applied", "discarded") and bool(found.sheets),
        "may_apply": found.state == "checked" and ready > 0,
        "may_discard": found.state in ("checked", "mapping", "refused"),
        "needs_mapping": found.state == "mapping",
        "kinds": [{**each, "severity_words": _SEVERITIES.get(each["severity"], "")} for each in found.kinds],
        "created_at": found.created_at,
        "applied_at": found.applied_at,
        "mapping": found.mapping.title if found.mapping_id and found.mapping else "",
    }


def tabs(found: Any, state: str) -> list[dict[str, Any]]:
    """The states rows can be looked at by."""
    counts: Mapping[str, int] = found.counts
    lines = [
        {"state": name, "title": title, "count": counts[name]}
        for name, title in _TITLES.items()
        if counts.get(name)
    ]
    return [{**each, "here": each["state"] == state} for each in lines]


def read_options(text: str, layout: layouts.Layout) -> dict[str, dict[str, str]]:
    """Lines as “摄盐情况：口味淡＝1” to {field: {their value: our code}}. Raises Refused for a line that says nothing."""
    found: dict[str, dict[str, str]] = {}
    by_heading = {each.heading: each for each in layout.columns}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        heading, _, rest = line.replace(":", "：").partition("：")
        theirs, equal, ours = rest.replace("=", "＝").partition("＝")
        column = by_heading.get(heading.strip())
        if column is None or not equal or not theirs.strip() or not ours.strip():
            raise Refused(
                f"“{line}”看不懂，请写成“数据项：原值＝代码”，一行一个。", field="options", code="options"
            )
        field = layout.form.fields.get(column.identifier) if layout.form else None
        options = getattr(field, "options", None)
        code = option_text.option_of(options, ours.strip(), heading) if options else ours.strip()
        if code is None:
            raise Refused(f"“{heading}”没有“{ours.strip()}”这个选项。", field="options", code="options")
        found.setdefault(column.identifier, {})[theirs.strip()] = code
    return found
