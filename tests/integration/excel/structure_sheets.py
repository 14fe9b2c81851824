"""Rows of structure given by identifier, written as a package writes them."""

import datetime as dt

from gongwei.interfaces.excel import headings, layouts, parsing, structure
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.parsing import Line


def lines_of(kind, rows):
    """Rows given by identifier as a sheet's lines, with the plan of the sheet."""
    columns = [each.identifier for each in layouts.of(kind).readable]
    plan = headings.Plan("表", 0, 0, 1, columns, columns, True)
    return plan, [Line(n, 0, n + 1, [row.get(each) for each in columns]) for n, row in enumerate(rows, 1)]


def written(by, at, kind, rows, doing="apply"):
    """(state, what was made) of each row, and the lines."""
    plan, lines = lines_of(kind, rows)
    parser = parsing.Parser(layouts.of(kind), [plan], Directory(by))
    for line in lines:
        parser.parse_who(line)
    if layouts.NAME in layouts.of(kind).by_identifier:
        parsing.identify(by, parser, lines, dt.date(2025, 6, 2))
    for line in lines:
        parser.parse(line)
    outcomes = getattr(structure.of(kind)(by, parser), doing)(at, lines)
    return [state for state, _ in outcomes], [made for _, made in outcomes], lines


def said(line):
    return [(each.identifier, each.rule) for each in line.wrong]


def undone(by, at, kind, lines, made):
    parser = parsing.Parser(layouts.of(kind), [lines_of(kind, [])[0]], Directory(by))
    rows = [structure.Made(one, one, line) for line, one in zip(lines, made, strict=True)]
    return structure.of(kind)(by, parser).undo(at, rows)
