"""Why a filled form asks for a referral, and what it says of an earlier one. Pure: no writing, no clock.

Three causes: the class of the form's decision table advises it, a result is abnormal in a way that wants a hospital, the
doctor wrote so. The names of the fields and the words 建议转诊 are the same on every programme's forms.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.engines import judging, row
from gongwei.language import fields, forms
from gongwei.language.abnormal import Abnormal
from gongwei.language.decisions import Refer
from gongwei.language.parameters import DatedValue

REASON, TO, ARRIVED = "referral_reason", ("referral_to",), "referral_arrived"
#: 双向转诊单: where to, and the sheet that comes back.
SHEET_TO, SHEET_BACK = ("to_org", "to_dept"), "back_to_org"
ADVISED_REFERRAL = "建议转诊"
YES = "1"
#: After how many days the outcome of a referral is asked for.
CHECK_AFTER_DAYS = (
    DatedValue(
        dt.date(2017, 2, 28), 14, "规范（第三版）高血压、2型糖尿病患者健康管理：2周内主动随访转诊情况"
    ),
)


@dataclass(frozen=True)
class Cause:
    """One reason: kind rule, abnormal or doctor; a stable code; the words for the list."""

    kind: str
    code: str
    name: str
    urgent: bool = False

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {"kind": self.kind, "code": self.code, "name": self.name, "urgent": self.urgent}


def check_on(advised_on: dt.date) -> dt.date:
    """The day by which the outcome of a referral is asked for."""
    in_force = [each.value for each in CHECK_AFTER_DAYS if each.since <= advised_on]
    days = in_force[-1] if in_force else CHECK_AFTER_DAYS[0].value
    assert isinstance(days, int)
    return advised_on + dt.timedelta(days=days)


@cache
def _advising_rows(form: type[forms.Form]) -> Mapping[str, tuple[str, str, bool]]:
    """Rows of the form's table that advise a referral: code → (code of the cause, label, urgent)."""
    found = {}
    for table in catalogue.tables_on(form)[:1]:
        for each in table.rows:
            refer = next((advice for advice in each.advice if isinstance(advice, Refer)), None)
            if refer is not None:
                found[each.code] = (f"{table.code or table.title}.{each.code}", each.label, refer.urgent)
    return found


@cache
def _doctors_fields(form: type[forms.Form]) -> tuple[str, ...]:
    """Fields in which the doctor says that somebody is to be referred."""
    found = []
    for name, field in form.fields.items():
        advises = isinstance(field, fields.Choices) and ADVISED_REFERRAL in {
            option.label for option in field.options.items
        }
        if advises or name in (REASON, SHEET_TO[0]):
            found.append(name)
    return tuple(found)


@cache
def may_refer(form: type[forms.Form]) -> bool:
    """Whether this form can ask for a referral at all."""
    return bool(
        _advising_rows(form) or _doctors_fields(form) or any(each.refer for each in catalogue.abnormal(form))
    )


def may_answer(form: type[forms.Form]) -> bool:
    """Whether this form can say what came of a referral."""
    return ARRIVED in form.fields or SHEET_BACK in form.fields


def causes(record: row.Record, subject: row.Subject, outcome_row: str | None) -> tuple[Cause, ...]:
    """Why this record asks for a referral. `outcome_row`: code of the class the server gave it."""
    items = catalogue.abnormal(record.form)
    wrong = judging.abnormal(record, subject, items) if any(each.refer for each in items) else ()
    return causes_of(record, outcome_row, wrong)


def causes_of(record: row.Record, outcome_row: str | None, wrong: Iterable[Abnormal]) -> tuple[Cause, ...]:
    """See `causes`; `wrong`: what is abnormal in the record."""
    found: list[Cause] = []
    advised = _advising_rows(record.form).get(outcome_row or "")
    if advised:
        found.append(Cause("rule", *advised))
    found += [Cause("abnormal", each.key, each.name, each.urgent) for each in wrong if each.refer]
    if not advised:
        found += _doctors_words(record)
    return tuple(found)


def _doctors_words(record: row.Record) -> list[Cause]:
    found = []
    for name in _doctors_fields(record.form):
        field, value = record.form.fields[name], record.answers.get(name)
        if fields.is_missing(value):
            continue
        code = f"{record.form.code}.{name}"
        if isinstance(field, fields.Choices):
            labels = {field.options.label(str(each)) for each in value}
            if ADVISED_REFERRAL in labels:
                found.append(Cause("doctor", code, f"{field.label}：{ADVISED_REFERRAL}"))
        elif isinstance(field, fields.Choice):
            found.append(Cause("doctor", code, field.options.label(str(value))))
        else:
            found.append(Cause("doctor", code, record.form.title))
    return found


def referred_to(record: row.Record) -> str:
    """Where to, as written on the form."""
    names = TO if TO[0] in record.form.fields else SHEET_TO
    return " ".join(str(record.answers[name]) for name in names if record.answers.get(name))[:150]


def answer(record: row.Record) -> bool | None:
    """转诊结果: arrived or not; None: the form says nothing. The sheet that comes back says arrived."""
    if SHEET_BACK in record.form.fields:
        return True
    value = record.answers.get(ARRIVED)
    return None if fields.is_missing(value) else str(value) == YES
