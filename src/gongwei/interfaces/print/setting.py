"""From a form's `Paper` and its answers to a sheet: tables of cells, as `typesetting` takes them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongwei.interfaces.print import heads, layout, words
from gongwei.language import fields

Sheet = dict[str, Any]
Cell = dict[str, Any]
Answers = Mapping[str, Any]

#: A4 between the margins, in millimetres; and into how many units the answer's part of a line is divided.
WIDTH, UNITS = 186.0, 6
ELECTRONIC = "电子记录项目（纸质表无此项）"


@dataclass(frozen=True)
class Setting:
    """What a sheet is filled with: the contacts side by side, the resident, the names of people."""

    contacts: tuple[Answers, ...] = ()
    head: heads.Head = heads.EMPTY
    names: layout.Names = field(default_factory=layout.Names)
    foot: str = ""
    notes: bool = False


def sheet(paper: words.Paper, filled: Setting = Setting()) -> Sheet:
    """A form on paper: blank without contacts, else with up to `paper.columns` of them side by side."""
    setter = _Setter(paper, filled)
    blocks: list[dict[str, Any]] = [*setter.tables(paper.rows)]
    if paper.after:
        blocks.append({"t": "text", "c": setter.lines(paper.after, setter.contacts[0])})
    electronic = setter.electronic()
    if electronic:
        blocks.append({"t": "text", "size": 8, "c": [{"l": [{"s": ELECTRONIC}]}]})
        plain = dataclasses.replace(
            paper, size=8, pad=0.9, columns=paper.columns if filled.contacts else 1, scale=()
        )
        blocks += _Setter(plain, filled).tables(electronic)
    if filled.notes and paper.form.fill_notes:
        blocks.append({"t": "text", "size": 8, "c": [{"l": [{"s": "填表说明："}, paper.form.fill_notes]}]})
    return {
        "title": paper.title or paper.form.title,
        "lead": [{"l": [paper.lead.format(name=filled.head.name)]}],
        "number": heads.number(filled.head),
        **({"qr": heads.qr(filled.head.record_no)} if filled.head.record_no else {}),
        "blocks": blocks,
        "foot": filled.foot,
    }


def _is_short(row: words.Row) -> bool:
    """Whether two such rows fit beside each other."""
    field = row.parts[0]
    return not isinstance(field, fields.Choice | fields.Choices | fields.Rows) or (
        isinstance(field, fields.Choice) and sum(len(item.label) + 2 for item in field.options.items) < 22
    )


class _Setter:
    """Makes the cells of one sheet."""

    def __init__(self, paper: words.Paper, filled: Setting) -> None:
        self.paper, self.filled = paper, filled
        empty: tuple[Answers, ...] = ({},) * (paper.columns - len(filled.contacts))
        self.contacts = (*filled.contacts, *empty)
        self.named = set(paper.named())
        self.companions = {
            name: {code: text for code, text in texts.items() if text not in self.named}
            for name, texts in layout.companions(paper.form).items()
        }
        group, label = paper.widths
        rest = WIDTH - group - label
        if paper.scale:
            self.columns = [
                label + group,
                *([(rest - 16) / (len(paper.scale) - 2)] * (len(paper.scale) - 2)),
                16,
            ]
        elif paper.columns > 1:
            self.columns = [group, label, *([rest / paper.columns] * paper.columns)]
        else:
            self.columns = [group, label, *([rest / UNITS] * UNITS)]

    def electronic(self) -> tuple[words.Piece, ...]:
        """A row for each field no row names; on a filled form only for those with an answer."""
        behind = {
            text for name, texts in self.companions.items() if name in self.named for text in texts.values()
        }
        left_out = [
            each
            for name, each in self.paper.form.fields.items()
            if name not in self.named and name not in behind
        ]
        if self.filled.contacts:
            left_out = [
                each
                for each in left_out
                if any(not fields.is_missing(answers.get(each.name)) for answers in self.contacts)
            ]
        if self.filled.contacts:
            return tuple(
                words.Row(
                    each.label,
                    each if isinstance(each, fields.Rows | fields.Quantity) else words.Said(each, 20),
                )
                for each in left_out
            )
        rows = [words.Row(each.label, each) for each in left_out]
        short = [row for row in rows if _is_short(row)]
        paired = [words.Pairs(*short[place : place + 2]) for place in range(0, len(short) - 1, 2)]
        return (*paired, *short[len(paired) * 2 :], *(row for row in rows if row not in short))

    # --- tables -----------------------------------------------------------------------------------------------

    def tables(self, pieces: Sequence[words.Piece]) -> Iterator[dict[str, Any]]:
        """The pieces as tables, a new one for each page."""
        waiting: list[words.Piece] = []
        for piece in pieces:
            title = getattr(piece, "title", "") or getattr(piece, "label", "")
            if title in self.paper.pages and waiting:
                yield self._table(waiting)
                yield {"t": "break"}
                waiting = []
            waiting.append(piece)
        if waiting:
            yield self._table(waiting)

    def _table(self, pieces: Sequence[words.Piece]) -> dict[str, Any]:
        cells: list[Cell] = []
        if self.paper.scale and any(isinstance(piece, words.Scale) for piece in pieces):
            cells += [{"c": [{"l": [title]}], "a": "c", "h": True} for title in self.paper.scale]
        for piece in pieces:
            cells += self._piece(piece)
        return {
            "t": "table",
            "columns": self.columns,
            "size": self.paper.size,
            "pad": self.paper.pad,
            "cells": cells,
        }

    def _piece(self, piece: words.Piece) -> list[Cell]:
        if isinstance(piece, words.Scale):
            return self._scale(piece)
        if isinstance(piece, words.Group):
            lines = [line for row in piece.rows for line in self._lines_of(row, grouped=True)]
            title = {"c": [{"l": [piece.title]}], "rs": len(lines), "a": "c", "br": True}
            return [title, *(cell for line in lines for cell in line)]
        return [cell for line in self._lines_of(piece, grouped=False) for cell in line]

    def _lines_of(self, piece: Any, *, grouped: bool) -> list[list[Cell]]:
        if isinstance(piece, words.Row):
            return [self._row(piece, grouped=grouped)]
        if isinstance(piece, words.Pairs):
            return [self._pairs(piece, grouped=grouped)]
        if isinstance(piece, words.EachRow):
            return self._each_row(piece, grouped=grouped)
        return self._grid(piece, grouped=grouped)

    def _label(self, text: str, *, grouped: bool, legend: Sequence[Any] = (), height: int = 1) -> Cell:
        lines = [{"l": [text]}] if text else []
        if legend:
            lines += self.lines(legend, {})
        cell: Cell = {"c": lines, "a": "l" if legend else "c", "cs": 1 if grouped else 2}
        return {**cell, "rs": height} if height > 1 else cell

    def _row(self, row: words.Row, *, grouped: bool) -> list[Cell]:
        if self.paper.columns > 1:
            answers = [{"c": self.lines(row.parts, each)} for each in self.contacts]
        else:
            wide = grouped and not row.label and not row.legend
            columns = self._answer_columns() + wide
            answers = [{"c": self.lines(row.parts, self.contacts[0]), "cs": columns}]
            if row.height:
                answers[0]["min"] = row.height
            if wide:
                return answers
        return [self._label(row.label, grouped=grouped, legend=row.legend), *answers]

    def _answer_columns(self) -> int:
        return len(self.columns) - 2

    def _pairs(self, pairs: words.Pairs, *, grouped: bool) -> list[Cell]:
        first, *others = pairs.rows
        spare = UNITS - len(others)  # a label takes one unit, the answers share the rest
        shares = [spare // len(pairs.rows)] * len(pairs.rows)
        shares[-1] += spare - sum(shares)
        answers = self.contacts[0]
        cells = [
            self._label(first.label, grouped=grouped),
            {"c": self.lines(first.parts, answers), "cs": shares[0]},
        ]
        for row, share in zip(others, shares[1:], strict=True):
            cells.append({"c": [{"l": [row.label]}], "a": "c"})
            cells.append({"c": self.lines(row.parts, answers), "cs": share})
        return cells

    def _each_row(self, each: words.EachRow, *, grouped: bool) -> list[list[Cell]]:
        filled = [list(answers.get(each.field.name) or ()) for answers in self.contacts]
        count = max(each.at_least, *(len(rows) for rows in filled))
        found = []
        for number in range(count):
            for row in each.rows:
                label = row.label.format(n=number + 1)
                cells = [
                    {"c": self.lines(row.parts, rows[number] if number < len(rows) else {})}
                    for rows in filled
                ]
                if self.paper.columns == 1:
                    cells[0]["cs"] = self._answer_columns()
                found.append([self._label(label, grouped=grouped), *cells])
        return found

    def _grid(self, grid: words.Grid, *, grouped: bool) -> list[list[Cell]]:
        rows = list(self.contacts[0].get(grid.field.name) or ())
        count = max(grid.at_least, len(rows))
        shares = [UNITS // len(grid.columns)] * len(grid.columns)
        for place in range(UNITS - sum(shares)):
            shares[place] += 1
        heading = [
            {"c": [{"l": [title]}], "a": "c", "cs": share, "h": True}
            for (title, _), share in zip(grid.columns, shares, strict=True)
        ]
        lines = [[self._label(grid.label, grouped=grouped, height=count + 1), *heading]]
        for number in range(count):
            answers = rows[number] if number < len(rows) else {}
            lines.append(
                [
                    {"c": self.lines(parts, answers), "cs": share}
                    for (_, parts), share in zip(grid.columns, shares, strict=True)
                ]
            )
        return lines

    def _scale(self, scale: words.Scale) -> list[Cell]:
        value = self.contacts[0].get(scale.field.name)
        scores = []
        for code in scale.codes:
            scores.append(code if code is not None else scores[-1])
        said = [scale.field.options.label(code) if code is not None else "—" for code in scale.codes]
        return [
            {"c": [{"l": [scale.field.label]}], "rs": 2},
            *({"c": [{"l": [text]}], "a": "c" if text == "—" else "l"} for text in said),
            {"c": [{"l": [str(value or "")]}], "rs": 2, "a": "c"},
            *({"c": [{"l": [score]}], "a": "c"} for score in scores),
        ]

    # --- lines ------------------------------------------------------------------------------------------------

    def lines(self, parts: Sequence[Any], answers: Answers) -> list[dict[str, Any]]:
        """Parts as lines of runs; the boxes of a line's last question stand at its right end."""
        found: list[dict[str, Any]] = [{"l": []}]
        for place, part in enumerate(parts):
            if isinstance(part, str):
                first, *rest = part.split("\n")
                found[-1]["l"].append(first) if first else None
                found += [{"l": [text] if text else []} for text in rest]
                continue
            last = place == len(parts) - 1 or (
                isinstance(parts[place + 1], str) and parts[place + 1].startswith("\n")
            )
            left, right = self._part(part, answers)
            found[-1]["l"] += left
            if right and last:
                found[-1]["r"] = list(right)
            else:
                found[-1]["l"] += right
        return found

    def _part(self, part: Any, answers: Answers) -> tuple[layout.Runs, layout.Runs]:
        """What stands on the left of a part, and what may stand at the right end of its line."""
        names = self.filled.names
        if isinstance(part, words.Of):
            runs = heads.runs(self.filled.head, part.key)
            return (runs[:1], runs[1:]) if len(runs) == 2 else (runs, ())
        if isinstance(part, words.Options):
            return self._legend(part.field, answers), ()
        if isinstance(part, words.Boxes):
            boxes = self._boxes(part.field, answers, part.count)
            return ((), boxes) if self.paper.columns == 1 else (boxes, ())
        if isinstance(part, words.Said):
            return (
                layout.blank(layout.said(part.field, answers.get(part.field.name), names), part.width),
            ), ()
        if isinstance(part, words.Blank):
            face = layout.face(part.field, answers.get(part.field.name), names=names)
            said = face.answer[0]
            return ({**said, "w": part.width} if isinstance(said, dict) else said,), ()
        if isinstance(part, fields.Choice | fields.Choices):
            return self._legend(part, answers), self._boxes(part, answers, layout.BOXES)
        face = layout.face(part, answers.get(part.name), names=names)
        return (*face.legend, *face.answer), ()

    def _legend(self, field: fields.Field, answers: Answers) -> layout.Runs:
        if not isinstance(field, fields.Choice | fields.Choices):
            return layout.face(field).legend
        behind = {
            code: (layout.blank(str(answers.get(text) or ""), layout.WORDS),)
            for code, text in self.companions.get(field.name, {}).items()
            if self.paper.form.fields.get(field.name) is field
        }
        return layout.options(field, behind, gap=" " if self.paper.columns > 1 else "  ")

    def _boxes(self, field: fields.Field, answers: Answers, count: int) -> layout.Runs:
        value = answers.get(field.name)
        if isinstance(field, fields.Choices):
            return layout.boxes(field, value, min(count, len(field.options.codes)))
        return layout.face(field, value, names=self.filled.names).answer
