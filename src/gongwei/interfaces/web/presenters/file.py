"""A resident's file as plain words: lines of the timeline, problems, drugs, allergies, family history, last values."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from gongwei import catalogue
from gongwei.engines import row
from gongwei.interfaces.web import questionnaires
from gongwei.language import fields
from gongwei.records import definitions, medications, observations

#: Headings of the national forms whose answers make up a part of the summary.
PARTS = {
    "现存主要健康问题": "problems",
    "既往史": "problems",
    "残疾情况": "problems",
    "过敏与暴露": "allergies",
    "家族史": "family",
}
#: Labels that say only that there is nothing, or that the next answer says what.
EMPTY = {"无", "未发现", "无残疾", "有", "其他"}
#: A drug named so long ago may not be taken any more.
OLD_AFTER = dt.timedelta(days=365)


def forms_of_parts() -> list[str]:
    """Codes of the forms that have answers under these headings."""
    return [
        form.code
        for form in catalogue.forms()
        if any(field.section in PARTS for field in form.fields.values())
    ]


def moments(found: Iterable[Any], key_values: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The timeline, by entry; each filled form with its key values."""
    rows = []
    for moment in found:
        detail = dict(moment.detail)
        if moment.kind == "encounter":
            detail["responses"] = [each | {"key": key_values.get(each["id"])} for each in detail["responses"]]
        rows.append(
            {
                "kind": moment.kind,
                "on": moment.on,
                "at": moment.at,
                "title": moment.title,
                "detail": detail,
                "id": moment.id,
            }
        )
    return rows


def kinds() -> list[tuple[str, str]]:
    """What the timeline can be narrowed to: programmes, forms, the record's own life."""
    found = [(f"programme:{each.code}", each.title) for each in catalogue.programmes() if each.forms]
    return [*found, ("events", "档案变动和纳入管理")]


def form_codes(kind: str) -> list[str] | None:
    """The forms a choice of `kinds` stands for; None: it stands for no forms."""
    what, _, code = kind.partition(":")
    if what == "form" and code in catalogue.current().forms:
        return [code]
    for programme in catalogue.programmes():
        if what == "programme" and programme.code == code:
            return [form.code for form in programme.forms]
    return None


def parts(found: Mapping[str, row.Record]) -> dict[str, list[dict[str, Any]]]:
    """Problems, allergies and family history from the latest records, each line with the form it comes from."""
    result: dict[str, list[dict[str, Any]]] = {name: [] for name in PARTS.values()}
    for record in found.values():
        for name, field in record.form.fields.items():
            part, value = PARTS.get(field.section), record.answers.get(name)
            if part is None or fields.is_missing(value):
                continue
            text = _words(field, value)
            if text:
                result[part].append(
                    {
                        "label": field.label.removeprefix("既往史：").removeprefix("家族史："),
                        "words": text,
                        "form": record.form.title,
                        "on": record.done_on,
                        "response": record.id,
                    }
                )
    return result


def _words(field: fields.Field, value: Any) -> str:
    if isinstance(field, fields.Choices):
        chosen = [option.label for option in field.options.items if option.code in value]
        return "、".join(label for label in chosen if label not in EMPTY)
    text = questionnaires.words(field, value)
    return "" if text in EMPTY else text


def drugs(found: Mapping[str, list[medications.Prescription]], *, on: dt.date) -> list[dict[str, Any]]:
    """What each form last said of drugs."""
    return [
        {
            "form": definitions.title(code),
            "on": said[-1].on,
            "drugs": said[-1].drugs,
            "adherence": said[-1].adherence,
            "old": on - said[-1].on > OLD_AFTER,
            "response": said[-1].response_id,
        }
        for code, said in found.items()
        if said[-1].drugs or said[-1].adherence
    ]


ARROWS = {"up": "↑", "down": "↓", "": ""}
ARROW_WORDS = {"up": "较上次升高", "down": "较上次降低", "": "与上次相同或无上次"}


def last_values(found: Iterable[observations.Latest]) -> list[dict[str, Any]]:
    """The last value of each series, with where it went since the one before."""
    return [
        {
            "title": each.series.brief or each.series.title,
            "words": each.words,
            "unit": each.series.unit,
            "on": each.on,
            "before": each.before,
            "before_on": each.before_on,
            "arrow": ARROWS[each.change],
            "arrow_words": ARROW_WORDS[each.change],
            "response": each.response_id,
        }
        for each in found
    ]


def episodes(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Programmes the resident is under, or may belong to."""
    return [
        {
            "title": definitions.episode(each.kind).title,
            "state": each.get_state_display(),
            "managed": each.state == "active",
            "since": each.started_on,
            "diagnosed_on": each.diagnosed_on,
        }
        for each in found
    ]


def abnormal(found: Iterable[tuple[row.Record, list[Any]]]) -> list[dict[str, Any]]:
    """What was abnormal in the latest record of each form, the newest first, each finding once.

    A value measured again since on another form no longer says anything: the newer one does.
    """
    newest: dict[str, dt.date] = {}
    known = sorted(found, key=lambda pair: pair[0].done_on, reverse=True)
    for record, _ in known:
        for name, field in record.form.fields.items():
            if field.code is not None and not fields.is_missing(record.answers.get(name)):
                newest.setdefault(field.code.code, record.done_on)
    lines: dict[str, dict[str, Any]] = {}
    for record, wrong in known:
        for each in wrong:
            code = each.field.code.code if each.field.code else ""
            if code and newest.get(code, record.done_on) > record.done_on:
                continue
            line = {
                "name": each.name,
                "explain": each.explain,
                "advise": each.advise,
                "refer": each.refer,
                "value": questionnaires.words(each.field, record.answers.get(each.field.name)),
                "label": each.field.label,
                "form": record.form.title,
                "on": record.done_on,
                "response": record.id,
            }
            lines.setdefault(each.name, line)
    return sorted(lines.values(), key=lambda line: not line["refer"])


def referrals(found: Iterable[Any], *, on: dt.date) -> list[dict[str, Any]]:
    """Referral loops, for the file and the list."""
    return [referral(each, on=on) for each in found]


def referral(each: Any, *, on: dt.date) -> dict[str, Any]:
    """One referral loop in words."""
    unsettled = each.state in ("open", "not_arrived")
    return {
        "id": each.pk,
        "resident_id": each.resident_id,
        "causes": "；".join(dict.fromkeys(cause["name"] for cause in each.causes)),
        "urgent": each.urgent,
        "form": definitions.title(each.form_code),
        "response": each.response_id,
        "advised_on": each.advised_on,
        "first_advised_on": each.first_advised_on,
        "again": each.first_advised_on != each.advised_on,
        "due_on": each.due_on,
        "overdue": unsettled and each.due_on < on,
        "days_over": (on - each.due_on).days,
        "referred_to": each.referred_to,
        "organization": each.organization.name,
        "practitioner": each.practitioner.name if each.practitioner_id else "",
        "state": each.state,
        "state_title": each.get_state_display(),
        "unsettled": unsettled,
        "answered_on": each.answered_on,
        "answer": each.answered_by_response_id,
        "reason": each.get_reason_display() if each.reason else "",
        "note": each.note,
    }
