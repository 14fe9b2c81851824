"""试算: a price, weight, share, ratio, whole, score, or an item's points and target changed, and the money seen to move by township and clinic; two schemes side by side.

Nothing is stored: what is tried stands in the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.evaluation import national, rescoring
from gongwei.evaluation.trees import Item
from gongwei.interfaces.web import pages
from gongwei.interfaces.web.presenters import settlements as presenter
from gongwei.interfaces.web.views import settlements
from gongwei.places import policy
from gongwei.settlement import county_codes, money, queries, ratios, scheme_queries, schemes, whatif
from gongwei.settlement.run_models import SettlementRun

#: Changed parts that stand alone in the address, and how they are read: per cent, points, or one of a list.
PERCENTS = ("village_share", "alpha")
POINTS = ("full_at", "none_below")
#: So many scores and so many items are tried at once.
ROWS = (1, 2, 3)


@never_cache
@pages.page(action=policy.FUND_VIEW)
def what_if(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The money of a settlement as it would be, beside what it is."""
    run = settlements.asked_run(request, run_id)
    if (
        policy.relation(request.actor.role, policy.FUND_VIEW) is not policy.Relation.COUNTY
        or not run.result_digest
    ):
        raise Http404
    content = run.inputs["scheme"]["content"]
    others = scheme_queries.of_year(request.actor, county_codes.now(run.county_key), run.year, run.pot)
    wrong, found = [], None
    try:
        found = _tried(request, run, {each.id: each.content for each in others})
    except problems.Refused as refused:
        several = refused.problems if isinstance(refused, problems.Several) else [refused]
        wrong = [f"{each.message}{each.hint or ''}" for each in several]
    titles = queries.titles_of(run)
    context = {
        "run": presenter.run(run),
        "stood": _stood(content),
        "asked": request.GET,
        "items": [
            each | {"typed_weight": request.GET.get(f"w.{each['service']}", ""), "typed_price": request.GET.get(f"p.{each['service']}", "")}
            for each in presenter.items(content)
        ],
        "methods": schemes.METHODS.items(),
        "modes": ratios.MODES.items(),
        "total": "" if run.inputs["money"]["total_fen"] is None else money.yuan(run.inputs["money"]["total_fen"]),
        "schemes": [(str(each.id), f"{each.title}（第{each.version}版，{each.get_state_display()}）") for each in others],
        "scores": _scores_shown(request, run),
        "wrong": wrong,
        "found": found,
        "towns": [] if found is None else _towns(found),
        "sums": None if found is None else _sums(found.units),
        "services": [] if found is None else [
            (titles.get(code, code), old, new, new - old) for code, (old, new) in found.by_service.items()
        ],
    }  # fmt: skip
    return render(request, "web/settlements/whatif.html", context)


def _tried(
    request: HttpRequest, run: SettlementRun, contents: Mapping[UUID, Mapping[str, Any]]
) -> whatif.Comparison | None:
    """The comparison the address asks for; None while nothing is tried."""
    first, second = (pages.uuid_of(request.GET.get(name)) for name in ("first", "second"))
    if second is not None and second in contents:
        stood = run.inputs["scheme"]["content"]
        one = contents.get(first, stood) if first else stood
        return whatif.schemes_beside(run, one, contents[second])
    changes = _changes(request, run.inputs["scheme"]["content"])
    text = request.GET.get("total", "").strip()
    total = money.fen(text) if text else None
    scores = _scores(request, run)
    if not changes and not scores and total is None:
        return None
    return whatif.compare(run, changes, scores=scores, total_fen=total)


def _scores(request: HttpRequest, run: SettlementRun) -> dict[UUID, str]:
    """Scores tried: those that items with other points or targets would give, and over them those that were typed."""
    known = {f"{level}.{item.code}": (level, item) for level, item in _changeable(run)}
    tried: dict[tuple[str, str], rescoring.Change] = {}
    for number in ROWS:
        name, points, target = (
            request.GET.get(f"{part}{number}", "").strip() for part in ("item", "points", "target")
        )
        if name in known and (points or target):
            level, item = known[name]
            tried[level, item.code] = rescoring.Change(
                _number(points, f"“{item.title}”的分值") if points else None,
                _number(target, f"“{item.title}”的目标") if target else None,
            )
    found: dict[UUID, str] = {}
    if tried:
        made = rescoring.scores(
            county_key=county_codes.now(run.county_key), year=run.year, on=clock.day_of(run.at), changes=tried
        )
        found = {key: str(points) for key, points in made.items()}
    for number in ROWS:
        unit = pages.uuid_of(request.GET.get(f"unit{number}"))
        text = request.GET.get(f"score{number}", "").strip()
        if unit is not None and text:
            if _number(text, "得分") > 100:
                raise problems.Refused("得分应在0～100之间。", code="number")
            found[unit] = text
    return found


def _changeable(run: SettlementRun) -> list[tuple[str, Item]]:
    return rescoring.changeable(county_codes.now(run.county_key), run.year)


def _scores_shown(request: HttpRequest, run: SettlementRun) -> dict[str, Any]:
    """Boxes for a few institutions' scores and a few items' points and targets: all of them would not fit an address."""
    said = run.inputs["scores"]
    return {
        "units": [
            (str(each.organization_id), f"{each.name}（{presenter.score(said[str(each.organization_id)]['exact'], run.year)}）")
            for each in run.units.order_by("seat_key", "level")
            if str(each.organization_id) in said
        ],
        "items": [
            (f"{level}.{item.code}", f"{national.LEVELS[level]}：{item.code} {item.title}（{presenter.plain(item.points)}分{_goal(item)}）")
            for level, item in _changeable(run)
        ],
        "unit_rows": [[(f"{part}{number}", request.GET.get(f"{part}{number}", "")) for part in ("unit", "score")] for number in ROWS],
        "item_rows": [
            [(f"{part}{number}", request.GET.get(f"{part}{number}", "")) for part in ("item", "points", "target")] for number in ROWS
        ],
    }  # fmt: skip


def _goal(item: Item) -> str:
    return f"，目标{item.settings['target']}" if item.settings.get("target") else ""


def _changes(request: HttpRequest, stood: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed and differs from what stands. Raises Refused for what is no number."""
    given = {name: request.GET.get(name, "").strip() for name in request.GET}
    changes: dict[str, Any] = {}
    for name in PERCENTS:
        if given.get(name):
            changes[name] = str(_number(given[name].rstrip("%％"), "比例") / 100)
    if given.get("method") in schemes.METHODS and given["method"] != stood["method"]:
        changes["method"] = given["method"]
    ratio = {name: str(_number(given[name], "分数线")) for name in POINTS if given.get(name)}
    if given.get("mode") in ratios.MODES and given["mode"] != stood["ratio"]["mode"]:
        ratio["mode"] = given["mode"]
    if ratio:
        changes["ratio"] = ratio
    items: dict[str, dict[str, Any]] = {}
    for service in stood["items"]:
        if weight := given.get(f"w.{service}"):
            items.setdefault(service, {})["weight"] = str(_number(weight, "当量"))
        if price := given.get(f"p.{service}"):
            items.setdefault(service, {})["price_fen"] = money.fen(price)
    if items:
        changes["items"] = items
    return changes


def _number(text: str, what: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise problems.Refused(f"{what}应填写数字。", code="number") from None
    if not found.is_finite() or found < 0 or found > 10_000:
        raise problems.Refused(f"{what}超出范围。", code="number")
    return found


def _stood(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "village_share": presenter.plain(Decimal(content["village_share"]) * 100),
        "alpha": presenter.plain(Decimal(content["alpha"]) * 100),
        "method": content["method"],
        "mode": content["ratio"]["mode"],
        "full_at": content["ratio"]["full_at"],
        "none_below": content["ratio"]["none_below"],
    }


def _towns(found: whatif.Comparison) -> list[dict[str, Any]]:
    """Townships, each with its institutions below."""
    return [
        {
            "row": _line(town),
            "units": [_line(each) for each in found.units if each.town_id == town.id],
        }
        for town in found.towns
    ]


def _line(each: whatif.Moved) -> dict[str, Any]:
    return {
        "name": each.name,
        "cells": (each.before_base_fen, each.after_base_fen, each.before_due_fen, each.after_due_fen),
        "difference": each.difference_fen,
    }


def _sums(units: tuple[whatif.Moved, ...]) -> dict[str, Any]:
    names = ("before_base_fen", "after_base_fen", "before_due_fen", "after_due_fen")
    return {
        "cells": [sum(getattr(each, name) for each in units) for name in names],
        "difference": sum(each.difference_fen for each in units),
    }
