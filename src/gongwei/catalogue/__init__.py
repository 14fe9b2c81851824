"""Finds programmes and answers "which form, which measure, which parameter?" so that the core never names a programme.

    from gongwei import catalogue
    catalogue.form("htn_follow_up")
    catalogue.parameters().at(day)("htn.goal_sbp")

The functions here ask one `Catalogue`, loaded on first use from `gongwei.programmes` and from the entry-point group of
the same name (packages a county installs itself). Loading runs the cross checks: it raises DefinitionError and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gongwei.catalogue import discovery, policies
from gongwei.catalogue.contents import Catalogue
from gongwei.catalogue.digests import digest
from gongwei.language.abnormal import Abnormal
from gongwei.language.checks import PatternCheck, RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.episodes import Episode, Sign
from gongwei.language.forms import Form
from gongwei.language.measures import Measure
from gongwei.language.parameters import Override, ParameterSet
from gongwei.language.programmes import Programme
from gongwei.language.schedules import Contact
from gongwei.language.services import ServiceItem

__all__ = [
    "Catalogue",
    "abnormal",
    "checks_on",
    "contact",
    "contacts",
    "current",
    "digest",
    "episode",
    "episodes",
    "form",
    "forms",
    "measure",
    "measure_known_as",
    "measures",
    "parameters",
    "pattern_checks",
    "policies",
    "programme",
    "programme_of",
    "programme_of_contact",
    "programmes",
    "service",
    "services",
    "signs_of",
    "tables_on",
]


@cache
def current() -> Catalogue:
    """The catalogue of everything installed.

    Raises:
        DefinitionError: a definition contradicts another one.
    """
    found = discovery.find()
    return Catalogue(
        [each.programme for each in found],
        [definition for each in found for definition in each.parameters],
    )


def programmes() -> tuple[Programme, ...]:
    """All programmes, by code."""
    return current().programmes


def programme(code: str) -> Programme:
    """One programme. Raises KeyError."""
    return current().programme(code)


def forms() -> tuple[type[Form], ...]:
    """All forms, in the order of the programmes."""
    return tuple(current().forms.values())


def form(code: str) -> type[Form]:
    """One form. Raises KeyError."""
    return current().forms[code]


def tables_on(form: type[Form]) -> tuple[DecisionTable, ...]:
    """The decision tables on a form."""
    return current().tables_on(form)


def checks_on(form: type[Form]) -> tuple[RecordCheck, ...]:
    """The record checks on a form, in order."""
    return current().checks_on(form)


def abnormal(form: type[Form]) -> tuple[Abnormal, ...]:
    """What results on a form mean, gravest first for each field (`judging.abnormal` picks those that hold)."""
    return current().abnormal_on(form)


def pattern_checks() -> tuple[PatternCheck, ...]:
    """All pattern checks."""
    return current().pattern_checks


def contacts() -> tuple[Contact, ...]:
    """All expected contacts."""
    return tuple(current().contacts.values())


def contact(code: str) -> Contact:
    """One expected contact. Raises KeyError."""
    return current().contacts[code]


def programme_of_contact(code: str) -> Programme:
    """The programme that expects a contact. Raises KeyError."""
    return current().programme_of_contact(code)


def programme_of(form: type[Form]) -> Programme:
    """The programme a form belongs to. Raises KeyError."""
    return current().programme_of(form)


def episodes() -> tuple[Episode, ...]:
    """All kinds of episode."""
    return tuple(current().episodes.values())


def signs_of(episode: str) -> tuple[Sign, ...]:
    """The signs of an episode: its own and those other programmes give it. Raises KeyError."""
    return current().signs_of(episode)


def episode(code: str) -> Episode:
    """One kind of episode. Raises KeyError."""
    return current().episodes[code]


def measures() -> tuple[Measure, ...]:
    """All measures."""
    return tuple(current().measures.values())


def measure(code: str) -> Measure:
    """One measure. Raises KeyError."""
    return current().measures[code]


def measure_known_as(code: str) -> tuple[Measure, str]:
    """The measure targets and published figures call by that code, and what of it they mean: rate, numerator or denominator.
    Raises KeyError."""
    return current().measures_known_as[code]


def services() -> tuple[ServiceItem, ...]:
    """All services that are paid for."""
    return tuple(current().services.values())


def service(code: str) -> ServiceItem:
    """One service. Raises KeyError."""
    return current().services[code]


def parameters(overrides: Iterable[Override] = ()) -> ParameterSet:
    """All parameters, with an area's own values. `parameters()(code, day)` is the value on a day."""
    return current().parameters.with_overrides(overrides)
