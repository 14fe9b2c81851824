"""Reads what a print needs and makes it: one response, one resident's year, cover and card, the exam report.

Each function writes the print down (`residents.queries.printed.heads`) in the transaction of the read.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.interfaces.print import cards, documents, heads, layout, papers, reports, typesetting
from gongwei.language import forms, types
from gongwei.records import printing
from gongwei.residents.queries import printed
from gongwei.tasks import queries as tasks

COVER, CARD, YEAR = "cover", "card", "year"
BLANK_CARDS = {COVER: "居民健康档案封面", CARD: "居民健康档案信息卡"}
ORGANIZATIONS = "organizations"
_HEAD_KEYS = {each.name for each in fields(heads.Head)}


@dataclass(frozen=True)
class Document:
    """A PDF with the name it is saved under; the name says the form, never the person."""

    name: str
    content: bytes


def foot(actor: Actor, at: dt.datetime) -> str:
    """Who printed, when: at the bottom of every sheet."""
    local = at.astimezone(layout.SHANGHAI)
    return f"打印人：{actor.name}　打印时间：{local:%Y-%m-%d %H:%M}"


def head_of(
    actor: Actor, resident_id: UUID, *, what: str, numbers: bool
) -> tuple[heads.Head, dict[str, Any]]:
    """A resident for paper. Raises Refused for somebody out of reach."""
    found = printed.heads(actor, [resident_id], what=what, numbers=numbers).get(resident_id)
    if found is None:
        raise Refused("没有这份档案，或不在您的管辖范围内。", code="not_found")
    return as_head(found), found


def as_head(values: dict[str, Any]) -> heads.Head:
    """The plain values of a resident as a Head; what no paper shows is left out."""
    return heads.Head(**{key: value for key, value in values.items() if key in _HEAD_KEYS})


def names_for(found: Sequence[printing.Printable]) -> layout.Names:
    """Names of the people and organizations some forms name."""
    return layout.Names(
        printed.names_of_people(printing.people_in(found)),
        printed.names_of_organizations(printing.codes_in(found, ORGANIZATIONS)),
    )


def blank(form: type[forms.Form], actor: Actor, at: dt.datetime, *, notes: bool) -> Document:
    """An empty form."""
    return Document(f"{form.title}.pdf", documents.form_pdf(form, foot=foot(actor, at), notes=notes))


def blank_card(what: str) -> Document:
    """An empty cover or card. Raises KeyError."""
    title = BLANK_CARDS[what]
    sheet = cards.cover(heads.EMPTY) if what == COVER else cards.card(heads.EMPTY, cards.Basics())
    return Document(f"{title}.pdf", typesetting.pdf(title, [sheet]))


def response(actor: Actor, response_id: UUID, at: dt.datetime, *, whole_year: bool, notes: bool) -> Document:
    """A filled form, alone or with the others of its kind in its year side by side. Raises Refused."""
    found = printing.one(actor, response_id)
    several = [found]
    if whole_year:
        first, last = days_of(found.done_on.year)
        mine = printing.of_residents([found.resident_id], found.form, first, last)
        several = mine.get(found.resident_id) or several
    head, _ = head_of(
        actor,
        found.resident_id,
        what=found.form.code,
        numbers=papers.paper_of(found.form).shows_numbers,
    )
    sheets = sheets_of(
        several,
        head,
        foot=foot(actor, at) + (f"　{found.note}" if found.note and not whole_year else ""),
        notes=notes,
    )
    return Document(f"{found.form.title}.pdf", typesetting.pdf(found.form.title, sheets))


def sheets_of(
    found: Sequence[printing.Printable],
    head: heads.Head,
    *,
    names: layout.Names | None = None,
    foot: str,
    notes: bool = False,
) -> list[documents.Sheet]:
    """The sheets of filled forms of one kind of one resident, each in the words it was filled with."""
    names = names or names_for(found)
    return [
        sheet
        for worded, alike in printing.by_wording(found)
        for sheet in documents.sheets(
            documents.Bundle(worded, [each.answers for each in alike], head),
            names=names,
            foot=foot,
            notes=notes,
        )
    ]


def cover(actor: Actor, resident_id: UUID, at: dt.datetime) -> Document:
    """居民健康档案封面. Raises Refused."""
    head, _ = head_of(actor, resident_id, what=COVER, numbers=True)
    sheet = cards.cover(head, foot(actor, at))
    return Document("居民健康档案封面.pdf", typesetting.pdf("居民健康档案封面", [sheet]))


def card(actor: Actor, resident_id: UUID, at: dt.datetime) -> Document:
    """居民健康档案信息卡. Raises Refused."""
    head, _ = head_of(actor, resident_id, what=CARD, numbers=True)
    form = catalogue.form("basic_information")
    known = _all_of([resident_id], form, at.date()).get(resident_id, [])
    basics = cards.basics(form, known[-1].answers if known else None)
    sheet = cards.card(head, basics, foot(actor, at))
    return Document("居民健康档案信息卡.pdf", typesetting.pdf("居民健康档案信息卡", [sheet]))


def year(actor: Actor, resident_id: UUID, wanted: int, at: dt.datetime) -> Document:
    """Everything of a resident's year: cover, 个人基本信息表 in force, then every form done in the year. Raises Refused."""
    head, _ = head_of(actor, resident_id, what=f"{YEAR} {wanted}", numbers=True)
    said = foot(actor, at)
    sheets = [cards.cover(head, said)]
    first, last = days_of(wanted)
    for form in printable_forms():
        if form.code == "basic_information":
            found = _all_of([resident_id], form, last).get(resident_id, [])[-1:]
        else:
            found = printing.of_residents([resident_id], form, first, last).get(resident_id, [])
        if found:
            sheets += sheets_of(found, head, foot=said)
    title = f"居民健康档案_{wanted}年"
    return Document(f"{title}.pdf", typesetting.pdf(title, sheets))


def report(actor: Actor, response_id: UUID, at: dt.datetime) -> Document:
    """体检结果反馈 of a filled exam. Raises Refused, also for a form whose results nobody explains."""
    found = printing.results(actor, response_id)
    if not reportable(found.printable.form):
        raise Refused("只有体检表可以打印结果反馈。", code="no_report")
    head, values = head_of(actor, found.printable.resident_id, what="report", numbers=False)
    told = report_of(actor, found, head, values, foot(actor, at))
    return Document("健康体检结果反馈.pdf", reports.report_pdf(told))


def report_of(
    actor: Actor, found: printing.Results, head: heads.Head, values: dict[str, Any], said: str
) -> reports.Report:
    """What the report tells about one exam; the next appointments are the open tasks of today."""
    answers = found.printable.answers
    booked = [("下次体检或服务", layout.day(answers["next_due_on"]))] if answers.get("next_due_on") else []
    names = names_for([found.printable])
    doctor = names.people.get(str(answers.get("responsible_doctor") or ""), found.printable.practitioner)
    return reports.Report(
        found.printable.form,
        answers,
        found.printable.done_on,
        head,
        age=printed.age_on(values["birth_date"], found.printable.done_on),
        abnormal=found.abnormal,
        before=found.before,
        before_on=found.before_on,
        appointments=[*booked, *appointments(actor, found.printable.resident_id)],
        organization=found.printable.organization,
        doctor=doctor,
        foot=said,
        names=names,
    )


def appointments(actor: Actor, resident_id: UUID) -> list[tuple[str, str]]:
    """What a resident is due for, as a resident is told: the service and the day."""
    return [
        (each.title, "已到期，请尽快" if each.days_over > 0 else f"{layout.day(each.due)}前后")
        for each in tasks.due_of(actor, resident_id)
    ]


def reportable(form: type[forms.Form]) -> bool:
    """Whether results of a form are told to the resident as a report: it is an exam (it asks 健康评价)."""
    return "assessment" in form.fields and "guidance" in form.fields and bool(catalogue.abnormal(form))


def report_form() -> type[forms.Form]:
    """The exam whose results are told as a report."""
    return next(form for form in printable_forms() if reportable(form))


def printable_forms() -> tuple[type[forms.Form], ...]:
    """The forms about residents, in the order of the programmes."""
    return tuple(form for form in catalogue.forms() if form.about is types.RESIDENT)


def _all_of(
    resident_ids: Sequence[UUID], form: type[forms.Form], until: dt.date
) -> dict[UUID, list[printing.Printable]]:
    return printing.of_residents(resident_ids, form, dt.date(1900, 1, 1), until)


def days_of(wanted: int) -> tuple[dt.date, dt.date]:
    """The first and the last day of a year."""
    return dt.date(wanted, 1, 1), dt.date(wanted, 12, 31)
