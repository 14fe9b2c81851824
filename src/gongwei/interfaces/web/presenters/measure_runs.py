"""Runs as plain words: what they rest on, and what two of them differ in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongwei import catalogue
from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.interfaces.web.templatetags.gongwei import moment
from gongwei.measures import figures, periods
from gongwei.measures.figures import Figure
from gongwei.measures.periods import Period

STATES = {"running": "计算中", "complete": "已完成", "failed": "未完成", "removed": "明细已清理"}
KINDS = {"nightly": "每晚", "asked": "人工", "report": "上报"}
SIDES = {**figures.SIDES, None: "不在范围"}


def run(one: Any, account_id: UUID | None) -> dict[str, Any]:
    """One run as a list shows it."""
    return {
        "id": one.id,
        "title": one.title,
        "kind": KINDS.get(one.kind, one.kind),
        "state": one.state,
        "state_words": STATES.get(one.state, one.state),
        "cut_at": one.cut_at,
        "at": one.at,
        "periods": "、".join(periods.parse(code).title for code in one.periods[:3])
        + (f" 等{len(one.periods)}个" if len(one.periods) > 3 else ""),
        "measures": len(one.definitions),
        "seconds": f"{one.seconds:,.0f}",
        "pinned": one.pinned,
        "by": "系统" if one.by is None else "本人" if one.by == account_id else "其他人员",
        "note": one.note,
        "shown": one.state in ("complete", "removed"),
    }


def basis(one: Any) -> list[tuple[str, str]]:
    """What the figures of a run rest on: (name, digest or value)."""
    return [
        ("计算编号", str(one.id)),
        ("数据快照", str(one.snapshot_id)),
        ("数据截止", moment(one.cut_at)),
        ("计算引擎", one.get_engine_display()),
        ("参数取值摘要", one.parameters_digest),
        *((f"{code} {_title(code)}", digest) for code, digest in sorted(one.definitions.items())),
    ]


def _title(code: str) -> str:
    try:
        return str(catalogue.measure(code).title)
    except KeyError:
        return ""


def numbers_used(one: Any) -> list[dict[str, Any]]:
    """The published numbers a run divided by."""
    return sorted(one.populations, key=lambda each: (each["code"], -each["value"]))


def offered(today: Any) -> list[tuple[str, list[Period]]]:
    """The periods offered for a new run, by kind; the day before is the last whole one."""
    yesterday = today.fromordinal(today.toordinal() - 1)
    this = periods.to_date(yesterday)
    months = [periods.parse(f"{yesterday.year}-{month:02}") for month in range(1, yesterday.month + 1)]
    ends = list(periods.months_until(yesterday))[:-1]
    quarters = list(dict.fromkeys(periods.quarter(each.first) for each in months))
    halves = list(dict.fromkeys(periods.half(each.first) for each in months))
    years = [periods.whole_year(yesterday.year - back) for back in (0, 1, 2)]
    return [
        ("年初至今", [this, this.before(), *reversed(ends)]),
        ("年", years),
        ("半年", halves[::-1]),
        ("季度", quarters[::-1]),
        ("月", months[::-1]),
    ]


def compared(before: Sequence[Figure], after: Sequence[Figure], address: str) -> list[dict[str, Any]]:
    """The figures of two runs side by side, in the order of the catalogue, those that differ first."""
    known = {each.measure_code: each for each in before}
    rows = []
    for now in after:
        was = known.get(now.measure_code)
        measure = catalogue.measure(now.measure_code)
        rows.append(
            {
                "code": measure.code,
                "title": measure.title,
                "was": None if was is None else was.numerator,
                "was_base": None if was is None else was.base,
                "was_rate": "" if was is None else presenter.rate(was.rate, measure),
                "now": now.numerator,
                "now_base": now.base,
                "now_rate": presenter.rate(now.rate, measure),
                "moved": 0 if was is None else now.numerator - was.numerator,
                "base_moved": 0 if was is None else now.base - was.base,
                "change": presenter.change(now, was),
                "url": f"{address}&measure={measure.code}#persons",
            }
        )
    return sorted(rows, key=lambda row: not (row["moved"] or row["base_moved"]))


def difference(found: Any, names: Mapping[UUID, str]) -> dict[str, Any]:
    """The persons who stand elsewhere, with the causes."""
    return {
        "notes": found.notes,
        "counts": [
            {"was": SIDES[was], "now": SIDES[now], "count": count}
            for (was, now), count in sorted(found.counts.items(), key=lambda item: -item[1])
        ],
        "total": found.total,
        "after": found.after,
        "rows": [
            {
                "name": names.get(each.resident_id, each.name),
                "url": reverse("resident", args=[each.resident_id]) if each.resident_id in names else "",
                "village": each.village,
                "was": SIDES[each.was],
                "now": SIDES[each.now],
                "parts": [
                    f"{label}：{_truth(was)}→{_truth(now)}" for label, (was, now) in each.parts.items()
                ],
                "causes": [
                    {
                        "text": cause.text,
                        "url": reverse("response", args=[cause.response_id]) if cause.response_id else "",
                    }
                    for cause in each.causes
                ],
            }
            for each in found.lines
        ],
    }


def _truth(value: bool | None) -> str:
    return {True: "是", False: "否", None: "不明"}[value]
