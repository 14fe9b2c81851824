"""Old filled forms in the words they were filled with: labels, options, units and order of their own form version.

`FormVersion` keeps the wording of every form under its digest when it is first used. A form whose present digest is the
response's own is shown as it is; for any other the wording kept is laid over the present fields. A question begun since is
not on it; a column never changes its meaning, so every answer still has its field.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gongwei.language import fields, forms, types
from gongwei.records import definitions
from gongwei.records.models import FormVersion


@dataclass(frozen=True, eq=False)
class Wording:
    """A form as it was worded: what a page or a sheet of paper needs of a form to show what was filled."""

    code: str
    title: str
    version: int
    source: str
    fill_notes: str
    fields: Mapping[str, fields.Field]


#: A form as it is, or as it was.
Worded = type[forms.Form] | Wording

_known: dict[bytes, Worded] = {}


def of(form: type[forms.Form], digest: bytes) -> Worded:
    """The form as a response with this definition digest was filled under it; as it is when that wording is not known."""
    return of_all(form, [digest])[bytes(digest)]


def of_all(form: type[forms.Form], digests: Collection[bytes]) -> dict[bytes, Worded]:
    """The same for many responses of one form, by digest."""
    wanted = {bytes(each) for each in digests}
    present = definitions.of(form).digest
    unknown = {each for each in wanted if each != present and each not in _known}
    if unknown:
        for kept in FormVersion.objects.filter(digest__in=list(unknown), form_code=form.code):
            _known[bytes(kept.digest)] = as_worded(form, kept.definition, kept.version)
    return {each: form if each == present else _known.get(each, form) for each in wanted}


def as_worded(form: type[forms.Form], said: Mapping[str, Any], version: int) -> Wording:
    """A form in the words of one of its versions, as `definitions.described` kept them."""
    return Wording(
        form.code,
        str(said.get("title") or form.title),
        version,
        str(said.get("source") or form.source),
        str(said.get("fill_notes", form.fill_notes)),
        _fields(form.fields, said.get("fields", ())),
    )


def _fields(present: Mapping[str, fields.Field], said: Any) -> Mapping[str, fields.Field]:
    found = {each["name"]: _field(present[each["name"]], each) for each in said if each["name"] in present}
    return MappingProxyType(found)


def _field(present: fields.Field, said: Mapping[str, Any]) -> fields.Field:
    """A present field in earlier words; itself where nothing was said otherwise."""
    worded = copy.copy(present)
    worded.label = said["label"]
    worded.section = said.get("section", present.section)
    if type(present).__name__ != said["type"]:
        return worded
    if isinstance(worded, fields.Choice | fields.Choices) and "options" in said:
        worded.options = _options(worded.options, said["options"])
    if isinstance(worded, fields.Quantity):
        worded.unit = said.get("unit", worded.unit)
    if isinstance(worded, fields.Rows) and "row" in said:
        row = said["row"]
        worded.row = Wording(  # type: ignore[assignment]
            row["code"], row.get("title", ""), 0, "", "", _fields(worded.row.fields, row["fields"])
        )
    return worded


def _options(present: types.Options, said: Any) -> types.Options:
    labels = tuple((code, label) for code, label in said)
    if labels == tuple((each.code, each.label) for each in present.items):
        return present
    still = {code for code, _ in labels}
    exclusive = tuple(each.code for each in present.items if each.exclusive and each.code in still)
    return types.Options(present.title, labels, exclusive=exclusive, source=present.source)
