"""What if: another scheme or other scores over a settlement that stands, beside it and never in its place."""

from copy import deepcopy

import pytest
from tests.integration.settlement.settled_village import (  # fixtures among them
    COUNTY,
    at,
    organization,
    own_home,
    price_list,
    scene,
    settle,
    village,
)

from gongwei.base.problems import Refused
from gongwei.settlement import whatif
from gongwei.settlement.models import RunUnit, SettlementRun

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["at", "own_home", "scene", "village"]  # fixtures


def test_what_if_nothing_changes_nothing_moves(village, at):
    made = settle(at)
    same = whatif.compare(made)
    assert {each.difference_fen for each in same.units} == {0}
    assert same.total == (1_000_000, 1_000_000)
    base = {unit.organization_id: unit.due_fen for unit in RunUnit.objects.filter(run=made)}
    assert {each.id: each.before_due_fen for each in same.units} == base
    assert SettlementRun.objects.count() == 1


def test_what_if_the_village_share_is_raised(village, at):
    made = settle(at)
    found = whatif.compare(made, {"village_share": "0.50"})
    moved = {each.name: each.difference_fen for each in found.units if each.difference_fen}
    assert sum(moved.values()) == 0
    assert sum(each.difference_fen for each in found.units if each.level == "village") > 0
    assert sum(each.difference_fen for each in found.towns) == 0
    scored = whatif.compare(made, scores={organization(village, "village_a"): "58"})
    (clinic,) = [each for each in scored.units if each.id == organization(village, "village_a")]
    assert (clinic.after_due_fen, clinic.before_base_fen) == (0, clinic.after_base_fen)


def test_two_schemes_side_by_side(village, at):
    made = settle(at, scheme_id=price_list(at, village).id, total_fen=None)
    first = made.inputs["scheme"]["content"]
    second = deepcopy(first)
    second["items"]["htn.follow_up"]["price_fen"] = 2000
    found = whatif.schemes_beside(made, first, second)
    assert found.by_service["htn.follow_up"] == (2250, 3000)
    assert found.total == (3750, 4500)


def test_what_if_asks_for_a_new_run_where_other_records_would_count(village, at):
    made = settle(at)
    for change in ({"claims": []}, {"late": {"days": 10}}, {"remote": {"areas": [COUNTY]}}):
        with pytest.raises(Refused, match="应重新计算"):
            whatif.compare(made, change)
    with pytest.raises(Refused, match="合计应为100%"):
        whatif.compare(made, {"items": {"htn.follow_up": {"village": "0.9"}}})
    with pytest.raises(Refused, match="没有“guess”这一部分"):
        whatif.compare(made, {"guess": 1})
