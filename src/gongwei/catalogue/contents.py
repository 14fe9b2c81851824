"""Everything defined, by code, and the checks that definitions do not contradict one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from gongwei.language import forms as form_language
from gongwei.language import nodes
from gongwei.language.abnormal import Abnormal
from gongwei.language.checks import PatternCheck, RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.episodes import Sign
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, walk
from gongwei.language.fields import Rows
from gongwei.language.forms import FieldGroup, Form
from gongwei.language.measures import Fact, Measure
from gongwei.language.parameters import ParameterDefinition, ParameterSet
from gongwei.language.programmes import Programme
from gongwei.language.schedules import Contact

Thing = TypeVar("Thing")


class Catalogue:
    """Programmes and parameters, put together and checked against each other."""

    def __init__(
        self, programmes: Sequence[Programme], parameters: Iterable[ParameterDefinition] = ()
    ) -> None:
        """Put them together.

        Raises:
            DefinitionError: two things under one code; an unknown parameter, form or episode; a parameter of another type.
        """
        self.programmes = _with_joint_measures(tuple(sorted(programmes, key=lambda each: each.code)))
        self.parameters = ParameterSet(parameters)
        self.forms = _by_code("form", [f for p in self.programmes for f in p.forms])
        self.episodes = _by_code("episode", [e for p in self.programmes for e in p.episodes])
        self.measures = _by_code("measure", [m for p in self.programmes for m in p.measures])
        self.services = _by_code("service", [s for p in self.programmes for s in p.services])
        self.contacts = _by_code("contact", [c for p in self.programmes for c in p.contacts])
        self.pattern_checks = tuple(
            c for p in self.programmes for c in p.checks if isinstance(c, PatternCheck)
        )
        self._programmes = _by_code("programme", list(self.programmes))
        self._programme_of_contact = {
            code: p for p in self.programmes for code in map(_contact_code, p.contacts)
        }
        self.measures_known_as = _known_as(self.measures.values())
        self._check_signs()
        for programme in self.programmes:
            for node in nodes_of(programme):
                self._check(programme, node)
            for form in _forms_of(programme):
                if self.forms.get(form.code) is not form:
                    raise DefinitionError(
                        f"{programme.code}: form {form.code} belongs to no programme; list it in forms="
                    )

    def programme(self, code: str) -> Programme:
        """One programme. Raises KeyError."""
        return self._programmes[code]

    def programme_of(self, form: type[Form]) -> Programme:
        """The programme a form belongs to.

        Raises:
            KeyError: none.
        """
        for programme in self.programmes:
            if form in programme.forms:
                return programme
        raise KeyError(form.code)

    def tables_on(self, form: type[Form]) -> tuple[DecisionTable, ...]:
        """The decision tables on a form."""
        return tuple(table for p in self.programmes for table in p.tables_on(form))

    def checks_on(self, form: type[Form]) -> tuple[RecordCheck, ...]:
        """The record checks on a form, in order."""
        return tuple(check for p in self.programmes for check in p.record_checks(form))

    def abnormal_on(self, form: type[Form]) -> tuple[Abnormal, ...]:
        """What results on a form mean: those of the form's own programme first, then what others add."""
        own = [p for p in self.programmes if form in p.forms]
        return tuple(
            each
            for p in (*own, *(p for p in self.programmes if p not in own))
            for each in p.abnormal_on(form)
        )

    def signs_of(self, episode: str) -> tuple[Sign, ...]:
        """The signs of an episode: its own, then those other programmes give it. Raises KeyError."""
        given = (sign for p in self.programmes for sign in p.signs if sign.episode == episode)
        return (*self.episodes[episode].signs, *given)

    def programme_of_contact(self, code: str) -> Programme:
        """The programme that expects a contact. Raises KeyError."""
        return self._programme_of_contact[code]

    def _check_signs(self) -> None:
        for programme in self.programmes:
            for sign in programme.signs:
                if sign.episode not in self.episodes:
                    raise DefinitionError(
                        f"{programme.code}: sign {sign.title} is for the unknown episode {sign.episode!r}"
                    )

    def fact_columns(self, measure: Measure) -> dict[str, Fact]:
        """The named parts of a measure by the column they have in the person-period table: the fact's own code, or the
        measure's with a number."""
        stem = measure.code.lower().replace(".", "_")
        return {fact.code or f"{stem}_{place}": fact for place, fact in enumerate(measure.facts)}

    def _check(self, programme: Programme, node: Node) -> None:
        if isinstance(node, nodes.Parameter):
            known = self.parameters.definitions.get(node.code)
            if known is None:
                raise DefinitionError(
                    f"{programme.code}: unknown parameter {node.code!r}; add it to parameters.yaml"
                )
            if known.of != node.type and not (known.of.kind.value == "text" and node.type.options):
                raise DefinitionError(
                    f"{programme.code}: parameter {node.code} is a {known.of}, not a {node.type}"
                )
        episode = getattr(node, "episode", None)
        if isinstance(episode, str) and episode not in self.episodes:
            raise DefinitionError(f"{programme.code}: unknown episode {episode!r}")
        for name in ("form", "answer_form"):
            form = getattr(node, name, None)
            if isinstance(form, type) and self.forms.get(getattr(form, "code", "")) is not form:
                raise DefinitionError(
                    f"{programme.code}: {form.__name__} belongs to no programme; list it in forms="
                )


def nodes_of(thing: Any) -> Iterator[Node]:
    """Every node anywhere in a definition."""
    seen: set[int] = set()

    def inside(part: Any) -> Iterator[Node]:
        if id(part) in seen:
            return
        if isinstance(part, Expression):
            yield from walk(part.node)
            return
        if isinstance(part, type) and issubclass(part, FieldGroup):
            seen.add(id(part))
            yield from _nodes_of_form(part)
        elif isinstance(part, tuple | list):
            for each in part:
                yield from inside(each)
        elif isinstance(part, dict):
            yield from inside(tuple(part.values()))
        elif is_dataclass(part) and not isinstance(part, type):
            seen.add(id(part))
            for each in fields(part):
                yield from inside(getattr(part, each.name))

    yield from inside(thing)


def _nodes_of_form(form: type[FieldGroup]) -> Iterator[Node]:
    for condition in form_language.conditions(form):
        yield from walk(condition.holds)
    for each in form.fields.values():
        if each.computed is not None:
            yield from walk(each.computed.node)
        if isinstance(each, Rows):
            yield from _nodes_of_form(each.row)


def _forms_of(programme: Programme) -> Iterator[type[Form]]:
    yield from (contact.form for contact in programme.contacts)
    yield from (table.on for table in programme.tables)
    yield from (check.on for check in programme.checks)
    yield from (service.on for service in programme.services)
    yield from (each.on for each in programme.abnormal)
    yield from (sign.on for episode in programme.episodes for sign in episode.signs)
    yield from (sign.on for sign in programme.signs)
    yield from (each.on for each in programme.dynamic)


def _with_joint_measures(programmes: tuple[Programme, ...]) -> tuple[Programme, ...]:
    """Programmes with the measures they draw from the forms of all of them."""
    return tuple(
        replace(each, measures=(*each.measures, *each.joint_measures(programmes)), joint_measures=None)
        if each.joint_measures is not None
        else each
        for each in programmes
    )


def _known_as(measures: Iterable[Measure]) -> dict[str, tuple[Measure, str]]:
    """Measures by the codes of targets and published figures, with what of them is meant."""
    found: dict[str, tuple[Measure, str]] = {}
    for measure in measures:
        for known in measure.known_as:
            if known.code in found:
                raise DefinitionError(
                    f"{measure.code}: {found[known.code][0].code} is known as {known.code} too"
                )
            found[known.code] = measure, known.of
    return found


def _contact_code(contact: Contact) -> str:
    """A contact is stored with each task, so a title that may be reworded will not do."""
    if not contact.code:
        raise DefinitionError(f"contact {contact.title}: write code=, as in 'htn.follow_up'")
    return contact.code


def _by_code(what: str, things: Sequence[Thing]) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    for thing in things:
        code: str = getattr(thing, "code", "") or getattr(thing, "title", "")
        if code in found:
            raise DefinitionError(f"{what} {code} is defined twice; give one of them another code")
        found[code] = thing
    return found
