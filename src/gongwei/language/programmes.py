"""A programme: everything one of the national services consists of, put together from its folder's modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gongwei.language.abnormal import Abnormal
from gongwei.language.checks import PatternCheck, RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.episodes import Episode, Sign
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.measures import Measure
from gongwei.language.schedules import Contact, Schedule
from gongwei.language.services import ServiceItem


@dataclass(frozen=True, eq=False)
class DynamicEvent:
    """A record that makes a resident's file a dynamic one (动态记录, records.md §7): one of the form for which `when` holds."""

    on: type[Form]
    when: Expression | None = None

    def __post_init__(self) -> None:
        if self.when is not None:
            check_forms(as_node(self.when), self.on, f"dynamic event on {self.on.title}")


@dataclass(frozen=True, eq=False)
class Programme:
    """One service of the programme (服务项目), as its folder defines it.

    dynamic: its records that keep a resident's file in use. joint_measures: measures that ask the forms of all programmes;
    the catalogue calls it once all are known and puts the result behind `measures`. abnormal: what results on forms mean, in order of gravity. signs: what its forms tell about another programme's
    episode (its own stand in `Episode.signs`).
    """

    code: str
    title: str
    source: str
    episodes: tuple[Episode, ...] = ()
    forms: tuple[type[Form], ...] = ()
    tables: tuple[DecisionTable, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    measures: tuple[Measure, ...] = ()
    checks: tuple[RecordCheck | PatternCheck, ...] = ()
    services: tuple[ServiceItem, ...] = ()
    abnormal: tuple[Abnormal, ...] = ()
    signs: tuple[Sign, ...] = ()
    dynamic: tuple[DynamicEvent, ...] = ()
    joint_measures: Callable[[Sequence[Programme]], tuple[Measure, ...]] | None = None

    def __post_init__(self) -> None:
        for what, codes in (
            ("form", [form.code for form in self.forms]),
            ("episode", [episode.code for episode in self.episodes]),
            ("measure", [measure.code for measure in self.measures]),
            ("check", [check.title for check in self.checks]),
            ("service", [service.code for service in self.services]),
            ("abnormal", [each.key for each in self.abnormal]),
        ):
            for code in codes:
                if codes.count(code) > 1:
                    raise DefinitionError(f"{self.title}: {what} {code} is there twice")
        for sign in self.signs:
            if not sign.episode:
                raise DefinitionError(f"{self.title}: sign {sign.title}: write episode=, whose sign it is")

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """All expected contacts, in order."""
        return tuple(contact for schedule in self.schedules for contact in schedule.contacts)

    def contact_for(self, form: type[Form]) -> Contact | None:
        """The first contact this form is filled for."""
        return next((contact for contact in self.contacts if contact.form is form), None)

    def tables_on(self, form: type[Form]) -> tuple[DecisionTable, ...]:
        """The decision tables on a form."""
        return tuple(table for table in self.tables if table.on is form)

    def record_checks(self, form: type[Form]) -> tuple[RecordCheck, ...]:
        """The checks of one record of a form, in order."""
        return tuple(check for check in self.checks if isinstance(check, RecordCheck) and check.on is form)

    def abnormal_on(self, form: type[Form]) -> tuple[Abnormal, ...]:
        """What results on a form mean, in order."""
        return tuple(each for each in self.abnormal if each.on is form)
