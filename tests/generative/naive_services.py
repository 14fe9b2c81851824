"""Paid services counted a second way: plain Python, record by record, with the row engine. Slow and plain on purpose.

It shares nothing with `settlement.counting` but the definitions: the language, the reasons' names, the claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gongwei.engines import row
from gongwei.language import intervals


@dataclass
class Paper:
    """What surrounds a record: who did it, when it was written, how it stands, what people marked."""

    subject: int
    record_id: str
    form: Any
    done_on: date
    recorded_at: datetime  # in China
    organization: str
    practitioner: str
    encounter: str
    status: str
    area: int
    held: str | None
    moved_in: bool = False
    first_entered_on: date | None = None


def count(
    question: Any, folk: list[row.Subject], papers: list[Paper]
) -> dict[tuple[str, str], tuple[str, str, Decimal]]:
    """(record, service) → (reason, detail, weight)."""
    records = {each.id: (place, each) for place, subject in enumerate(folk) for each in subject.records}
    last_of_year = question.last
    found: dict[tuple[str, str], list[Any]] = {}
    for paper in papers:
        if not question.since <= paper.done_on <= last_of_year:
            continue
        if paper.status != "final":
            first = next((item for item in question.items if item.on is paper.form), None)
            if first is not None:
                found[paper.record_id, first.code] = [paper.status, ""]
            continue
        place, record = records[paper.record_id]
        for item in question.items:
            if item.on is paper.form and (item.about is None or holds(item.about, record, folk[place])):
                found[paper.record_id, item.code] = list(alone(item, record, folk[place], paper))
    by_id = {paper.record_id: paper for paper in papers}
    for claim in question.claims:
        settle_claim(claim, question, found, by_id)
    items = {item.code: item for item in question.items}
    for subject in range(len(folk)):
        for series in dict.fromkeys(item.series for item in question.items):
            mine = [
                key
                for key, (reason, _) in found.items()
                if reason is None and by_id[key[0]].subject == subject and items[key[1]].series == series
            ]
            walk(
                sorted(mine, key=lambda key: in_order(by_id[key[0]])),
                found,
                by_id,
                items,
                records,
                folk,
                question,
            )
    return {
        key: finished(key, reason, detail, by_id[key[0]], question) for key, (reason, detail) in found.items()
    }


def holds(condition: Any, record: row.Record, subject: row.Subject) -> bool:
    return row.evaluate(condition, record, subject) is True


def in_order(paper: Paper) -> tuple[Any, ...]:
    return paper.done_on, paper.recorded_at, paper.record_id


def alone(item: Any, record: row.Record, subject: row.Subject, paper: Paper) -> tuple[str | None, str]:
    gone = [
        subject.attributes[name]
        for name in ("died_on", "left_on", "cancelled_on")
        if subject.attributes.get(name)
    ]
    if gone and record.done_on > min(gone):
        return "resident_ended", ""
    if item.episode is not None:
        spans = [span for span in subject.episodes if span.kind == item.episode.code]
        if not any(
            span.started_on <= record.done_on and (span.ended_on is None or record.done_on <= span.ended_on)
            for span in spans
        ):
            return "not_enrolled", ""
    for part in item.parts:
        if not holds(part.holds, record, subject):
            return part.reason, part.label
    return paper.held, ""


def settle_claim(claim: Any, question: Any, found: dict[Any, list[Any]], by_id: dict[str, Paper]) -> None:
    groups: dict[str, list[tuple[str, str]]] = {}
    for key in found:
        if key[1] in claim.services and by_id[key[0]].status == "final":
            of = key[0] if claim.scope == "record" else by_id[key[0]].encounter
            groups.setdefault(of, []).append(key)
    titles = {item.code: item.title for item in question.items}
    for keys in groups.values():
        keys.sort(key=lambda key: claim.services.index(key[1]))
        somebodys = [key for key in keys if found[key][0] not in ("not_enrolled", "not_eligible")]
        kept = somebodys or [key for key in keys if key[1] == keys[0][1]]
        winner = next((key for key in keys if found[key][0] is None), None)
        for key in keys:
            if key not in kept:
                del found[key]
            elif winner is not None and claim.services.index(key[1]) > claim.services.index(winner[1]):
                found[key] = ["paid_elsewhere", titles[winner[1]]]


def walk(keys: Any, found: Any, by_id: Any, items: Any, records: Any, folk: Any, question: Any) -> None:
    days: set[date] = set()
    open_on, counted = date.min, {}
    values = question.parameters.at(question.last)
    for key in keys:
        item, paper = items[key[1]], by_id[key[0]]
        unit = intervals.unit_index(paper.done_on, item.per)
        if paper.done_on in days:
            found[key] = ["duplicate", ""]
            continue
        days.add(paper.done_on)
        if paper.done_on < open_on:
            found[key] = ["too_early", ""]
        elif item.at_most is not None and counted.get(unit, 0) >= item.at_most:
            found[key] = ["over_limit", ""]
        else:
            counted[unit] = counted.get(unit, 0) + 1
            if item.contact is not None:
                place, record = records[key[0]]
                tomorrow = paper.done_on + timedelta(days=1)
                due = intervals.after(paper.done_on, item.contact.every.resolve(values))
                window = max(intervals.before(due, item.contact.early.resolve(values)), tomorrow)
                advised = item.reopens_if is not None and holds(item.reopens_if, record, folk[place])
                open_on = tomorrow if advised else window


def finished(
    key: Any, reason: str | None, detail: str, paper: Paper, question: Any
) -> tuple[str, str, Decimal]:
    reason = reason or ""
    if reason not in ("entered_in_error", "superseded") and paper.done_on < question.first:
        return "outside_period", "", Decimal(0)
    if reason:
        return reason, detail, Decimal(0)
    weight = Decimal(1)
    given = question.modifiers
    entered = paper.recorded_at.date()
    if paper.moved_in:
        entered = paper.first_entered_on or (entered if given.moved_in_late else paper.done_on)
    if (entered - paper.done_on).days > given.late_days:
        weight *= Decimal(given.late_factor.numerator) / given.late_factor.denominator
    if paper.area in given.remote_areas:
        weight *= Decimal(given.remote_factor.numerator) / given.remote_factor.denominator
    return "", "", weight
