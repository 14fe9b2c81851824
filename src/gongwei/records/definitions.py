"""Which definitions judge a response: the form in its present version, its tables, contact, checks and parameters.

Everything is asked of `catalogue`; records never names a programme.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from gongwei import catalogue
from gongwei.base.problems import Refused
from gongwei.language import episodes, fields, forms, types
from gongwei.language.checks import RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.schedules import Contact
from gongwei.language.types import Value


@dataclass(frozen=True)
class Definition:
    """A form with what belongs to it. `digest` (32 bytes) is the same for the same wording and rules of the form."""

    form: type[forms.Form]
    programme: str
    tables: tuple[DecisionTable, ...]
    contact: Contact | None
    checks: tuple[RecordCheck, ...]
    digest: bytes


@cache
def _by_code() -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for programme in catalogue.programmes():
        for form in programme.forms:
            found[form.code] = Definition(
                form,
                programme.code,
                catalogue.tables_on(form),
                programme.contact_for(form),
                # Another programme may have its own checks on a shared form: 老年人 on 健康体检表.
                catalogue.checks_on(form),
                bytes.fromhex(catalogue.digest(form)),
            )
    return found


def of(form: type[forms.Form] | str) -> Definition:
    """The definition of a form or of its code.

    Raises:
        Refused: no such form, or a form that is not about residents.
    """
    code = form if isinstance(form, str) else form.code
    definition = _by_code().get(code)
    if definition is None:
        raise Refused(f"没有“{code}”这种表单", code="unknown_form")
    if definition.form.about is not types.RESIDENT:
        raise Refused(f"“{definition.form.title}”不是居民的表单", code="not_about_residents")
    return definition


def title(form_code: str) -> str:
    """The Chinese title of a form; its code when no programme has it any more."""
    definition = _by_code().get(form_code)
    return definition.form.title if definition else form_code


def episode(kind: str) -> episodes.Episode:
    """The kind of episode of that code.

    Raises:
        Refused: no programme has it.
    """
    try:
        return catalogue.episode(kind)
    except KeyError:
        raise Refused(f"没有“{kind}”这种管理类别", field="kind", code="unknown_kind") from None


def parameter(code: str, day: date) -> Value:
    """The value of a parameter on a day, with this county's own values."""
    return catalogue.current().parameters(code, day)


def described(form: type[forms.FieldGroup]) -> dict[str, object]:
    """The wording of a form as plain values: what an old response is shown with when the form has changed."""
    return {
        "code": getattr(form, "code", "") or form.__name__,
        "title": getattr(form, "title", ""),
        "source": getattr(form, "source", ""),
        "fill_notes": getattr(form, "fill_notes", ""),
        "fields": [_described_field(field) for field in form.fields.values()],
    }


def _described_field(field: fields.Field) -> dict[str, object]:
    found: dict[str, object] = {
        "name": field.name,
        "type": type(field).__name__,
        "label": field.label,
        "section": field.section,
    }
    if isinstance(field, fields.Choice | fields.Choices):
        found["options"] = [[option.code, option.label] for option in field.options.items]
    if isinstance(field, fields.Quantity):
        found |= {"unit": field.unit, "decimals": field.decimals}
    if isinstance(field, fields.Rows):
        found["row"] = described(field.row)
    return found
