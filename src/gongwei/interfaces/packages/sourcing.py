"""The sources of a package one at a time: told their kind once, opened again when their turn comes, none kept in between."""

from collections.abc import Iterator
from dataclasses import dataclass

from gongwei.interfaces.excel import headings, layouts, sources
from gongwei.interfaces.excel.models import Upload
from gongwei.interfaces.excel.parsing import Line, Wrong


@dataclass(frozen=True)
class Listed:
    """A source of the package: where it stands among all, by what it is found again, and its upload."""

    place: int
    path: str
    sheet: int
    upload: Upload


def again(found: sources.Package, listed: Listed) -> sources.Source:
    """Open one source anew. Raises LookupError when the package no longer holds it."""
    for source in found.of(listed.path):
        if source.place == listed.sheet:
            return source
    raise LookupError(f"{listed.path} sheet {listed.sheet} is gone")


def lines(source: sources.Source, plan: headings.Plan) -> Iterator[Line]:
    """The rows of a source, numbered as they come; a row that is broken says so."""
    for place, row in enumerate(source.rows(plan), 1):
        line = Line(place, row.sheet, row.number, row.cells)
        if row.problem:
            line.wrong.append(Wrong("", "", "", "", row.problem, "", "broken_row"))
        yield line


def notes_of(source: sources.Source, plan: headings.Plan, kind: str) -> list[str]:
    """What whoever brings the package should know of a source of a kind that was read to its end."""
    found = list(source.notes)
    aside = source.aside
    if aside.count:
        few = "；".join(f"第{each.number}行：{each.reason}" for each in aside.named[:20])
        found.append(f"{aside.count}行不是数据，未读入（{few}{'……' if aside.count > 20 else ''}）。")
    if plan.unused:
        found.append(f"以下列没有对应的数据项，未导入：{'、'.join(plan.unused)}。")
        layout = layouts.in_package(kind)
        guessed = headings.guess(plan.unused, layout)
        # Nothing is taken because it sounds alike: who brings the package says so in the mapping file.
        likely = [
            f"“{heading}”可能是“{layout.by_identifier[identifier].heading}”"
            for heading, identifier in guessed.items()
            if identifier not in plan.columns
        ]
        if likely:
            found.append(f"{'，'.join(likely)}；如果是，请在对应文件（mapping.yaml）中写明，再检查一次。")
    return found
