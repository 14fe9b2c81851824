"""Which contacts there are, what closes them and what they read: asked of the catalogue once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.engines import finding
from gongwei.language import forms, nodes
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Node, as_node, walk
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
    #: The conditions look at nothing but the record's own answers: the same answers give the same contacts.
    plain: bool
    #: Answers that rules of automatic episodes read.
    watched: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every answer asked for."""
        return tuple(dict.fromkeys((*self.fields, *self.watched)))

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
    """Every form that closes a contact or that a rule reads to take somebody in by itself."""
    found: dict[type[forms.Form], list[Contact]] = {}
    for contact in catalogue.contacts():
        found.setdefault(contact.form, []).append(contact)
    by_rule = {form: found.get(form, []) for each in by_records() for form in finding.forms_read(each, ())}
    return tuple(
        Closing(
            form,
            tuple(contacts),
            _asked([node for each in contacts for node in _where(each)]),
            bool(catalogue.tables_on(form)),
            not any(isinstance(node, _LOOKS_BEYOND) for each in contacts for node in _where(each)),
            _asked(_rule_nodes(form)),
        )
        for form, contacts in {**found, **by_rule}.items()
    )


@cache
def automatic() -> tuple[Episode, ...]:
    """The kinds a rule opens by itself and that expect contacts."""
    found = (catalogue.episode(code) for code in sorted(kinds()))
    return tuple(each for each in found if each.automatic)


@cache
def by_records() -> tuple[Episode, ...]:
    """Those of them whose rule reads records, not the resident's age and residence alone."""
    return tuple(each for each in automatic() if finding.forms_read(each, ()))


def rule_nodes(episode: Episode) -> list[Node]:
    """The nodes of an automatic episode's rule, those inside records' conditions too."""
    said = [each for each in (episode.eligible, episode.first_on, episode.last_on) if each is not None]
    return [node for each in said for node in walk(as_node(each))]


def _rule_nodes(form: type[forms.Form]) -> list[Node]:
    nodes_read = [node for each in by_records() for node in rule_nodes(each)]
    return [node for node in nodes_read if isinstance(node, nodes.Answer) and node.form_code == form.code]


_LOOKS_BEYOND = (
    nodes.Attribute,
    nodes.EntryDay,
    nodes.EpisodeStart,
    nodes.Parameter,
    nodes.Previous,
    nodes.RecordDay,
)


def _where(contact: Contact) -> list[Node]:
    return [] if contact.node_where is None else list(walk(contact.node_where))


def _asked(inside: list[Node]) -> tuple[str, ...]:
    return tuple(sorted({node.field.name for node in inside if isinstance(node, nodes.Answer)}))


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
