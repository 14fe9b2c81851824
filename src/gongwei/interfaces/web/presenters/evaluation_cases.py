"""Persons drawn, problems, decisions on fraud and appeals as pages show them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.evaluation import drawing, issues
from gongwei.interfaces.web.presenters.evaluation import NONE, tone
from gongwei.settlement import reasons


def person(row: Any) -> dict[str, Any]:
    """One person drawn, without anything that was recorded of him."""
    shown, last = row.shown, row.last
    return {
        "id": row.person.id,
        "resident_id": row.person.resident_id if shown else None,
        "position": row.person.position,
        "population": drawing.title_of(row.person.sample.population),
        "how": row.person.get_how_display(),
        "how_code": row.person.how,
        "name": shown.name if shown else "（已不在本辖区）",
        "sex": shown.sex if shown else "",
        "age": shown.age if shown else "",
        "id_number": shown.id_number if shown else "",
        "phone": shown.phone if shown else "",
        "village": row.village,
        "address": shown.address if shown else "",
        "result": last.get_result_display() if last else "",
        "verdict": last.get_verdict_display() if last and last.verdict else "",
        "verdict_code": last.verdict if last else "",
        "contact": last.get_contact_display() if last else "",
        "checks": row.checks,
        "key": row.person.key,
        "replaces": row.person.replaces.position if row.person.replaces else None,
    }


def truth(found: Mapping[str, Any]) -> dict[str, Any]:
    """真实率 in words."""
    interval = found["interval"]
    rate = NONE
    if interval is not None:
        rate = f"{float(interval.share) * 100:.2f}％（95％区间 {interval.low * 100:.1f}％～{interval.high * 100:.1f}％）"
    share = found["invalid"] * 100 / found["looked"] if found["looked"] else 0
    return {**found, "rate": rate, "invalid_share": f"{share:.0f}％"}


def issue(row: Any, today: dt.date) -> dict[str, Any]:
    """One problem in the list."""
    return {
        "id": row.id,
        "organization": row.organization.name,
        "description": row.description,
        "item": row.item,
        "source": row.get_source_display(),
        "severity": row.get_severity_display(),
        "grave": row.severity > 1,
        "found_on": row.found_on,
        "due_on": row.due_on,
        "state": row.get_state_display(),
        "tone": tone(row.state),
        "late": row.state in issues.OPEN and row.due_on < today,
        "repeat": row.repeat_of_id is not None,
        "closed_on": row.closed_on,
    }


def fraud(row: Any, names: Mapping[UUID, str]) -> dict[str, Any]:
    """One decision on fraud."""
    return {
        "id": row.id,
        "organization": row.organization.name,
        "practitioner": row.practitioner.name if row.practitioner else "",
        "year": row.year,
        "round": row.round.title if row.round else "",
        "found": row.found,
        "evidence": row.evidence,
        "document": row.document,
        "unit": row.unit,
        "decided_on": row.decided_on,
        "state": row.get_state_display(),
        "state_code": row.state,
        "tone": tone(row.state),
        "proposed_by": names.get(row.proposed_by, ""),
        "proposed_account": row.proposed_by,
        "proposed_at": row.proposed_at,
        "confirmed_by": names.get(row.confirmed_by, ""),
        "confirmed_at": row.confirmed_at,
        "withdrawn_by": names.get(row.withdrawn_by, ""),
        "withdrawn_at": row.withdrawn_at,
        "reason": row.reason,
    }


def _service(subject: Mapping[str, str]) -> str:
    """Which service was not counted and why, in words; whose it was is opened from the statement."""
    title = next((each.title for each in catalogue.services() if each.code == subject.get("service")), "")
    reason = reasons.REASONS.get(subject.get("reason", ""), "")
    return "，".join(each for each in (title, reason) if each)


def appeal(row: Any, names: Mapping[UUID, str], today: dt.date) -> dict[str, Any]:
    """One appeal."""
    about = row.get_about_display()
    if row.about == "item" and row.sheet is not None:
        about = f"{row.sheet.name}，指标{row.item}"
    elif row.about == "person" and row.person is not None:
        title = drawing.title_of(row.person.sample.population)
        about = f"抽查对象（{title}第{row.person.position}号）"
    elif row.subject:
        about = f"结算单：{_service(row.subject)}"
    return {
        "id": row.id,
        "organization": row.organization.name,
        "round": row.round.title if row.round else "",
        "about": about,
        "text": row.text,
        "made_at": row.made_at,
        "made_by": names.get(row.made_by, ""),
        "due_on": row.due_on,
        "late": row.state == "made" and row.due_on < today,
        "state": row.get_state_display(),
        "tone": tone(row.state),
        "open": row.state == "made",
        "answer": row.answer,
        "document": row.document,
        "decided_by": names.get(row.decided_by, ""),
        "decided_at": row.decided_at,
    }
