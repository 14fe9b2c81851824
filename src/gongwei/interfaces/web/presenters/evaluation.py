"""Evaluation as pages show it: states in words with their colour, points, where a score comes from."""

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongwei.base import clock
from gongwei.evaluation import (
    national,
    queries,
    rounds,
    schemes,
    scoring,
    setting_words,
    trees,
)
from gongwei.interfaces.web.presenters import measures
from gongwei.measures import figures, periods
from gongwei.measures.figures import Place

NONE = "—"
#: Colours of states: what waits for somebody, what is settled.
_TONES = {
    "draft": "gw-tag-old",
    "submitted": "gw-tag-pressure",
    "approved": "gw-state-active",
    "published": "gw-tag-pressure",
    "final": "gw-state-active",
    "confirmed": "gw-tag-pressure",
    "granted": "gw-state-active",
    "closed": "gw-state-active",
    "rejected": "gw-tag-pressure",
}
#: The columns of a sheet after its item.
STAGES = (("self", "自评"), ("system", "系统"), ("review", "复核"), ("on_site", "现场"), ("appeal", "申诉"))


def tone(state: str) -> str:
    """The class of a state's tag."""
    return f"gw-tag {_TONES.get(state, '')}".strip()


def scheme(row: Any, names: Mapping[UUID, str]) -> dict[str, Any]:
    """One scheme in a list."""
    return {
        "id": row.id,
        "title": row.title,
        "year": row.year,
        "level": national.LEVELS[row.level],
        "version": row.version,
        "state": row.get_state_display(),
        "tone": tone(row.state),
        "origin": row.origin,
        "document": row.document,
        "items": sum(1 for _ in schemes.tree_of(row).items()),
        "made_by": names.get(row.made_by, "系统"),
        "approved_by": names.get(row.approved_by, ""),
        "approved_at": row.approved_at,
    }


def tree_rows(row: Any) -> list[dict[str, Any]]:
    """The tree of a scheme as a table: each item with its part and section, these said once with how many rows they span."""
    tree = schemes.tree_of(row)
    found = []
    for part in tree.parts:
        lines = [(section, item) for section in part.children for item in getattr(section, "children", ())]
        for place, (section, item) in enumerate(lines):
            first = place == 0 or lines[place - 1][0] is not section
            found.append(
                {
                    "part": part if place == 0 else None,
                    "part_span": len(lines),
                    "section": section if first else None,
                    "section_span": len(section.children),
                    "item": item,
                    "method": trees.METHODS.get(item.method, item.method),
                    "settings": setting_words.written(item.method, item.settings),
                    "mark": item.mark or part.mark,
                }
            )
    return found


def round_(row: Any) -> dict[str, Any]:
    """One round in a list."""
    return {
        "id": row.id,
        "number": row.number,
        "title": row.title,
        "kind": row.get_kind_display(),
        "period": periods.parse(row.period).title,
        "levels": "、".join(national.LEVELS[each] for each in row.levels),
        "cut_on": clock.day_of(row.cut_at - dt.timedelta(microseconds=1)),
        "state": row.get_state_display(),
        "tone": tone(row.state),
        "state_code": row.state,
        "seed": row.seed,
        "seed_published_at": row.seed_published_at,
        "published_at": row.published_at,
        "objection_until": row.objection_until,
        "final_at": row.final_at,
        "run_id": row.run_id,
    }


def steps(row: Any) -> list[dict[str, Any]]:
    """The way a round goes, with how far it is."""
    order = [*rounds.ORDER, rounds.State.PUBLISHED, rounds.State.FINAL]
    here = order.index(rounds.State(row.state))
    return [
        {"code": each.value, "title": each.label, "done": place < here, "here": place == here}
        for place, each in enumerate(order)
    ]


def progress(row: queries.Progress, year: int) -> dict[str, Any]:
    """One institution of a round."""
    sheet = row.sheet
    return {
        "id": sheet.id,
        "organization_id": sheet.organization_id,
        "name": sheet.name,
        "submitted": sheet.self_submitted_at,
        "scored": row.scored,
        "items": row.items,
        "missing": len(sheet.missing),
        "sampled": row.sampled,
        "checked": row.checked,
        "appeals": row.appeals,
        "points": points_of(sheet, year),
        "place": row.place,
        "band": band_of(sheet, year),
        "vetoed": sheet.vetoed,
    }


def points_of(sheet: Any, year: int) -> str:
    """The total of a sheet."""
    return queries.shown(Fraction(sheet.exact), year) if sheet.exact else NONE


def band_of(sheet: Any, year: int) -> str:
    """The name of a sheet's result."""
    if not sheet.exact:
        return ""
    return "一票否决" if sheet.vetoed else scoring.band(Fraction(sheet.exact), queries.bands_of(year))


def sheet_rows(
    sheet: Any, lines: list[queries.ItemLine], stage: str, typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The items of a sheet: scores side by side, where each comes from, and boxes for the stage that is open."""
    found: list[dict[str, Any]] = []
    before_part = before_section = None
    for line in lines:
        item = line.item
        own = {code: _score(line.stages.get(code)) for code, _ in STAGES}
        found.append(
            {
                "part": line.part if line.part is not before_part else None,
                "part_points": _branch(sheet, line.part.code),
                "section": line.section if line.section is not before_section else None,
                "section_points": _branch(sheet, line.section.code),
                "item": item,
                "full": f"{item.points:f}",
                "method": trees.METHODS[item.method],
                "stages": [(own[code], title) for code, title in STAGES],
                "counting": None if line.counting is None else _score(line.counting),
                "source": _source(sheet, line),
                "missing": item.code in sheet.missing,
                "apart": item.code in sheet.not_applicable,
                "evidence": line.evidence,
                "versions": line.versions,
                "boxes": _boxes(line, stage, typed),
                "reason": typed.get(f"r:{item.code}", ""),
            }
        )
        before_part, before_section = line.part, line.section
    return found


def _branch(sheet: Any, code: str) -> str:
    exact = sheet.branches.get(code)
    return "" if exact is None else f"{scoring.shown(Fraction(exact))}"


def _score(score: Any) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "points": scoring.shown(Fraction(score.exact)),
        "state": score.state,
        "words": "不涉及" if score.state == scoring.NOT_APPLICABLE else "",
        "reason": score.reason,
        "quantity": _quantity(score.reading.get("quantity")),
        "stage": score.get_stage_display(),
        "at": score.at,
        "by": score.by,
    }


def _quantity(said: Any) -> str:
    if said is None:
        return ""
    if isinstance(said, dict):
        return "，".join(f"{kind}{count}处" for kind, count in said.items() if count)
    return {True: "是", False: "否"}[said] if isinstance(said, bool) else str(said)


def _source(sheet: Any, line: queries.ItemLine) -> dict[str, str] | None:
    """Where a system score comes from, with the addresses of the figure and of the persons behind it."""
    score = line.stages.get("system")
    if score is None:
        return None
    said = score.reading
    target = said.get("target")
    words = []
    if "numerator" in said:
        words.append(f"{said['numerator']:,}／{said['base']:,}")
        if said.get("rate"):
            words.append(f"{said['rate']}％")
    else:
        words.append("没有数字")
    if target:
        value = Fraction(target)
        number = f"{float(value):.2f}".rstrip("0").rstrip(".")
        words.append(
            f"目标{measures.OPS.get(said.get('op', ''), '')}{number}％（{said.get('target_source', '')}）"
        )
    if "rank" in said:
        words.append(f"第{said['rank']}名，共{said['of']}家")
    kind = said["kind"]
    place = Place(
        kind, said["place"], sheet.name, figures.DOCTOR if kind == figures.DOCTOR else figures.ORGANIZATION
    )
    at = measures.Addressing(
        str(said.get("run", "")),
        said["period"],
        figures.AREA if kind == figures.AREA else figures.ORGANIZATION,
    )
    return {
        "words": "，".join(words),
        "measure": at.measure(said["measure"], place) if "run" in said else "",
        "out": at.persons(said["measure"], place, figures.OUT) if "run" in said else "",
        "in": at.persons(said["measure"], place, figures.IN) if "run" in said else "",
    }


def _boxes(line: queries.ItemLine, stage: str, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """What can be typed for an item in a stage: nothing, points, or the quantity its method counts."""
    item = line.item
    if not stage or item.method == trees.VETO or (stage == "self" and item.is_system):
        return []
    if item.method == trees.DEDUCT:
        return [
            {
                "name": f"q:{item.code}:{kind}",
                "label": f"{kind}（处）",
                "value": typed.get(f"q:{item.code}:{kind}", ""),
            }
            for kind in item.settings["units"]
        ]
    if item.method == trees.YES_NO:
        chosen = typed.get(f"q:{item.code}", "")
        return [{"name": f"q:{item.code}", "label": "是否达到", "value": chosen, "yes_no": True}]
    label = {trees.BONUS: "数量", trees.RANK: "名次"}.get(item.method, "数值")
    if item.is_system or item.method == trees.MANUAL:
        return [{"name": f"p:{item.code}", "label": "得分", "value": typed.get(f"p:{item.code}", "")}]
    return [{"name": f"q:{item.code}", "label": label, "value": typed.get(f"q:{item.code}", "")}]


def annual(
    place: int, name: str, score: queries.AnnualScore, numbers: list[int], year: int
) -> dict[str, Any]:
    """One line of the year: points of each round, the year's, band, what keeps it from being final."""
    by_number = {each.number: each for each in score.rounds}
    words = {"final": "已定", "published": "公示期满", "provisional": "暂定"}
    return {
        "place": place,
        "name": name,
        "organization_id": score.organization_id,
        "cells": [
            {
                "points": scoring.shown(each.exact) if each else NONE,
                "counts": bool(each and each.counts),
                "url": reverse("evaluation-sheet", args=[each.sheet_id]) if each else "",
            }
            for each in (by_number.get(number) for number in numbers)
        ],
        "points": queries.shown(score.exact, year),
        "band": "一票否决" if score.veto else scoring.band(score.exact, queries.bands_of(year)),
        "state": words[score.state],
        "problem": score.problem,
        "veto": score.veto,
    }
