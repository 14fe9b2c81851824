"""What is wrong with the lines of tables inside very many records, and with the shape of answers: `judging.problems` by compiled
conditions. Equal lines, and equal cells of a column, are looked at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gongwei.engines import compiled, judging, row
from gongwei.language import expressions, fields, forms, nodes

#: So many different lines are remembered.
_MOST = 50_000
#: Nodes that look beyond the answers of their own group.
_FROM_ELSEWHERE = (
    nodes.Attribute, nodes.RecordDay, nodes.EntryDay, nodes.Parameter, nodes.EpisodeStart, nodes.Previous, nodes.RowsCount,
)  # fmt: skip


@dataclass(frozen=True)
class _Conditions:
    """The conditions that follow from the fields of a table's lines, compiled, and what is told when they do not hold."""

    problems: tuple[judging.Problem, ...]
    failing: compiled.Places
    order: Mapping[str, int]
    rows: tuple[fields.Rows, ...]
    #: Whether they ask for nothing but the group's own answers, so that equal answers say the same in every record.
    alone: bool


@cache
def _conditions(group: type[forms.FieldGroup]) -> _Conditions:
    found = forms.conditions(group)
    # `judge` sees to it that a form's own answers are plain; the lines of a table inside it are as they were given.
    return _Conditions(
        tuple(map(told_of, found)),
        compiled.places([each.holds for each in found], False),
        {name: place for place, name in enumerate(group.fields)},
        tuple(each for each in group.fields.values() if isinstance(each, fields.Rows)),
        not any(
            isinstance(inner, _FROM_ELSEWHERE) for each in found for inner in expressions.walk(each.holds)
        ),
    )


def told_of(condition: forms.Condition) -> judging.Problem:
    """What is told when a condition does not hold."""
    return judging.Problem(condition.field.name, condition.message, condition.severity, condition.rule)


def well_shaped(record: row.Record, shaped: Collection[str]) -> bool:
    """Whether each answer of a record has the shape of its field; `shaped`: those that have been looked at."""
    known_fields = record.form.fields
    answers = record.answers
    for name in answers.keys() - shaped:
        value = answers[name]
        if value is None:
            continue
        each = known_fields.get(name)
        if each is None or _has_shape(each, value):
            continue
        if not fields.is_missing(value) and each.shape_problem(value) is not None:
            return False
    return True


def _group_problems(record: row.Record, subject: row.Subject) -> list[judging.Problem] | None:
    """What is wrong with a line of a table inside a form; None when an answer has not the shape of its field."""
    if not well_shaped(record, ()):
        return None
    conditions = _conditions(record.form)
    found = [conditions.problems[place] for place in conditions.failing(record, subject)]
    found.sort(key=lambda problem: conditions.order[problem.field])
    more = inside(conditions.rows, record, subject)
    return None if more is None else found + more


def inside(
    tables: Sequence[fields.Rows], record: row.Record, subject: row.Subject
) -> list[judging.Problem] | None:
    """What is wrong with the lines of the tables in a record; None when an answer has not the shape of its field."""
    found: list[judging.Problem] = []
    for rows in tables:
        for place, each in enumerate(record.answers.get(rows.name) or ()):
            wrong = _line_problems(rows, each, record, subject)
            if wrong is None:
                return None
            for problem in wrong:
                message = f"第{place + 1}行：{problem.message}"
                found.append(replace(problem, message=message, row=place, within=rows.name))
    return found


_lines: dict[tuple[Any, ...], list[judging.Problem] | None] = {}


def _line_problems(
    rows: fields.Rows, given: Mapping[str, Any], record: row.Record, subject: row.Subject
) -> list[judging.Problem] | None:
    """What is wrong with a line of a table inside a form: the same few drugs stand in thousands of records."""
    of_row = row.Record(rows.row, record.done_on, given, record.id, record.entered_on)
    if not _conditions(rows.row).alone:
        return _group_problems(of_row, subject)
    # A number is not the truth equal to it, so that the types belong to the key.
    key = (rows.row, *given.items(), *map(type, given.values()))
    try:
        if key in _lines:
            return _lines[key]
    except TypeError:  # a value nobody could look up, of whatever wrong shape
        return _group_problems(of_row, subject)
    found = _group_problems(of_row, subject)
    if len(_lines) < _MOST:
        _lines[key] = found
    return found


_shapes: set[tuple[int, type, Any]] = set()


def _has_shape(each: fields.Field, value: Any) -> bool:
    """Whether a value has been seen to have the shape of a field: cells of a column repeat themselves."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        return False
    key = (id(each), kind, value)  # fields live as long as the process
    if key in _shapes:
        return True
    if each.shape_problem(value) is not None:
        return False
    if len(_shapes) < 200_000:
        _shapes.add(key)
    return True
