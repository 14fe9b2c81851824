"""Findings as plain words."""

from collections.abc import Iterable
from typing import Any

from gongwei.quality import rules
from gongwei.records import definitions

STATES = {"open": "待核实", "confirmed": "已确认", "dismissed": "已排除", "fixed": "已整改"}
SEVERITIES = {key.value: title for key, title in rules.SEVERITIES.items()}
DIMENSIONS = {key.value: title for key, title in rules.DIMENSIONS.items()}
#: What colour a severity has; the word beside it says the same.
TONES = {"blocker": "gw-tag-pressure", "major": "gw-tag-child", "minor": "", "suspect": "gw-tag-mind"}
BECAUSE = {
    "corrected": "记录已更正",
    "withdrawn": "记录已作废",
    "changed": "数据已改，不再成立",
    "rule": "规则已改，不再成立",
    "person": "人工办理",
}
STEPS = {
    "assigned": "交办",
    "explained": "说明",
    "confirmed": "确认属实",
    "dismissed": "排除",
    "fixed": "整改",
    "reopened": "重新打开",
}


def line(row: Any, today: Any) -> dict[str, Any]:
    """One finding as a list shows it."""
    return {
        "id": row.id,
        "rule": row.rule if row.rule != row.title else "",
        "title": row.key if row.response_id and row.key and ":" not in row.key else row.title,
        "severity": SEVERITIES[row.severity],
        "tone": TONES[row.severity],
        "dimension": DIMENSIONS[row.dimension],
        "state": row.state,
        "state_words": STATES[row.state],
        "resident_id": row.resident_id,
        "resident": row.resident.name if row.resident_id else "",
        "response_id": row.response_id,
        "form": definitions.title(row.form_code)
        if row.form_code
        else "居民档案"
        if row.resident_id
        else "服务情况",
        "done_on": row.done_on,
        "practitioner": row.practitioner.name if row.practitioner_id and row.practitioner else "",
        "organization": row.organization.name if row.organization_id and row.organization else "",
        "found": row.found,
        "expected": row.expected,
        "assigned_to": row.assigned_to.name if row.assigned_to_id else "",
        "due_on": row.due_on,
        "late": bool(row.due_on and row.due_on < today and row.state in ("open", "confirmed")),
        "live": row.state in ("open", "confirmed"),
        "closed_at": row.closed_at,
        "because": BECAUSE.get(row.closed_because, ""),
        "detected_at": row.detected_at,
    }


def steps(found: Iterable[Any]) -> list[dict[str, Any]]:
    """What happened to a finding."""
    return [
        {
            "what": STEPS[step.what],
            "at": step.at,
            "who": step.by_practitioner.name if step.by_practitioner_id else "系统核查",
            "note": step.note or BECAUSE.get(step.because, ""),
            "to": step.to_practitioner.name if step.to_practitioner_id else "",
            "due_on": step.due_on,
        }
        for step in found
    ]


def group(one: Any) -> dict[str, Any]:
    """One line of the counts."""
    return {
        "key": one.key,
        "title": one.title,
        "severity": SEVERITIES.get(one.severity, ""),
        "tone": TONES.get(one.severity, ""),
        "open": one.open,
        "confirmed": one.confirmed,
        "overdue": one.overdue,
        "total": one.total,
    }


#: The columns of the workbook.
HEAD = (
    "规则编号", "规则", "严重程度", "维度", "状态", "居民", "档案编号", "表单", "服务日期", "服务机构", "服务人员", "查见",
    "要求", "承办人", "期限", "发现时间", "关闭原因",
)  # fmt: skip


def cells(row: Any, today: Any) -> list[Any]:
    """One line of the workbook, in the order of HEAD."""
    said = line(row, today)
    return [
        said["rule"], said["title"], said["severity"], said["dimension"], said["state_words"], said["resident"],
        (row.resident.record_no or "") if row.resident_id else "", said["form"], row.done_on, said["organization"],
        said["practitioner"], said["found"], said["expected"], said["assigned_to"], row.due_on,
        f"{row.detected_at:%Y-%m-%d}", said["because"],
    ]  # fmt: skip


def run(one: Any) -> dict[str, Any]:
    """One bulk run."""
    return {
        "what": definitions.title(one.scope) if one.scope else "居民档案和服务情况",
        "at": one.at,
        "first": one.first,
        "last": one.last,
        "checked": one.checked,
        "found": one.found,
        "reopened": one.reopened,
        "fixed": one.fixed,
        "rate": f"{one.checked / one.seconds:,.0f}/秒" if one.seconds > 0.01 else "",
    }
