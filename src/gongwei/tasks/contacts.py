"""Which contacts there are, what closes them and what they read: asked of the catalogue once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.language import forms, nodes
from gongwei.language.expressions import walk
from gongwei.language.schedules import Contact
from gongwei.records import definitions

NEXT_DUE = "next_due_on"


@dataclass(frozen=True)
class Closing:
    """A form that closes contacts: which, and the answers their conditions ask for."""

    form: type[forms.Form]
    contacts: tuple[Contact, ...]
    fields: tuple[str, ...]
    judged: bool

    @property
    def agrees(self) -> bool:
        """Whether the form says when the next contact is to be."""
        return NEXT_DUE in self.form.fields


@cache
def of_kind(kind: str) -> tuple[Contact, ...]:
    """The contacts an episode of this kind expects."""
    return tuple(
        contact
        for programme in catalogue.programmes()
        for schedule in programme.schedules
        if schedule.episode.code == kind
        for contact in schedule.contacts
    )


@cache
def kinds() -> frozenset[str]:
    """Kinds of episode that expect contacts."""
    return frozenset(
        schedule.episode.code for programme in catalogue.programmes() for schedule in programme.schedules
    )


@cache
def closings() -> tuple[Closing, ...]:
    """Every form that closes a contact."""
    found: dict[type[forms.Form], list[Contact]] = {}
    for contact in catalogue.contacts():
        found.setdefault(contact.form, []).append(contact)
    return tuple(
        Closing(form, tuple(contacts), _asked(contacts), bool(catalogue.tables_on(form)))
        for form, contacts in found.items()
    )


def _asked(contacts: list[Contact]) -> tuple[str, ...]:
    names = {
        node.field.name
        for contact in contacts
        if contact.node_where is not None
        for node in walk(contact.node_where)
        if isinstance(node, nodes.Answer)
    }
    return tuple(sorted(names))


@cache
def programme_of(contact: str) -> str:
    """Code of the programme that expects a contact; empty when no programme has it any more."""
    for programme in catalogue.programmes():
        if any(each.code == contact for each in programme.contacts):
            return programme.code
    return ""


@cache
def form_of(contact: str) -> str:
    """Code of the form a contact is recorded on."""
    return catalogue.contact(contact).form.code


@cache
def title_of(contact: str) -> str:
    """Chinese title of a contact; its code when no programme has it any more."""
    try:
        return catalogue.contact(contact).title
    except KeyError:
        return contact


@cache
def rule_of(contact: str) -> str:
    """A digest of the contact's definition: rows planned under an older one are planned again."""
    return catalogue.digest(catalogue.contact(contact))[:16]


@cache
def end_reason(kind: str, code: str) -> str:
    """Why an episode ended, in words."""
    try:
        reasons = catalogue.episode(kind).end_reasons
        return reasons.label(code) if reasons else code
    except KeyError:
        return code


_values: dict[tuple[str, date], Any] = {}


def parameter(code: str, day: date) -> Any:
    """A parameter's value on a day, remembered: planning asks for the same few a million times."""
    key = (code, day)
    if key not in _values:
        if len(_values) > 100_000:
            _values.clear()
        _values[key] = definitions.parameter(code, day)
    return _values[key]
