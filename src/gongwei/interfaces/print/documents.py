"""Documents to hand out: a form, many forms, a list. Plain values in, one PDF out.

form_pdf(FollowUp)                                       blank
form_pdf(FollowUp, [answers, ...], head=Head(...))       filled: up to four contacts on a sheet
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongwei.interfaces.print import heads, layout, papers, setting, typesetting
from gongwei.language import forms
from gongwei.records import wordings

Sheet = dict[str, Any]


@dataclass(frozen=True)
class Bundle:
    """The filled forms of one kind and one wording of one resident."""

    form: wordings.Worded
    contacts: Sequence[Mapping[str, Any]]
    head: heads.Head = heads.EMPTY


def sheets(
    bundle: Bundle,
    *,
    names: layout.Names | None = None,
    foot: str = "",
    notes: bool = False,
) -> list[Sheet]:
    """The sheets of a bundle: as many contacts on one as its paper has columns; one blank sheet without contacts."""
    paper = papers.paper_of(bundle.form)
    contacts = list(bundle.contacts)
    parts = [contacts[start : start + paper.columns] for start in range(0, len(contacts), paper.columns)]
    return [
        setting.sheet(
            paper,
            setting.Setting(tuple(part), bundle.head, names or layout.Names(), foot, notes),
        )
        for part in parts or [[]]
    ]


def form_pdf(
    form: type[forms.Form],
    filled: Sequence[Mapping[str, Any]] = (),
    *,
    head: heads.Head = heads.EMPTY,
    names: layout.Names | None = None,
    foot: str = "",
    notes: bool = False,
) -> bytes:
    """One form as PDF: blank without `filled`, else with these contacts (answers by field name, oldest first)."""
    return typesetting.pdf(
        form.title, sheets(Bundle(form, filled, head), names=names, foot=foot, notes=notes)
    )


def many_pdf(
    title: str,
    bundles: Iterable[Bundle],
    *,
    names: layout.Names | None = None,
    foot: str = "",
) -> bytes:
    """The forms of many residents as one PDF, in the order given; page numbers begin anew with each sheet."""
    return typesetting.pdf(
        title, [sheet for bundle in bundles for sheet in sheets(bundle, names=names, foot=foot)]
    )


def list_pdf(
    title: str,
    headings: Sequence[tuple[str, float]],
    rows: Iterable[Sequence[str]],
    *,
    lead: str = "",
    foot: str = "",
) -> bytes:
    """A list on A4 across: headings with their share of the width, rows of words."""
    width = 273.0
    shares = sum(share for _, share in headings)
    cells = [{"c": [{"l": [{"s": text}]}], "h": True, "a": "c"} for text, _ in headings]
    cells += [{"c": [{"l": [text]}]} for row in rows for text in row]
    sheet = {
        "title": title,
        "width": 297,
        "height": 210,
        **({"lead": [{"l": [lead]}]} if lead else {}),
        "blocks": [
            {
                "t": "table",
                "columns": [share / shares * width for _, share in headings],
                "size": 8.5,
                "pad": 1.2,
                "repeat": True,
                "cells": cells,
            }
        ],
        "foot": foot,
    }
    return typesetting.pdf(title, [sheet])
