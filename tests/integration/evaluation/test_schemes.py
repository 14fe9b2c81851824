"""Schemes: copied, changed, handed in, approved by another person, and then never changed."""

import pytest
from django.db import DatabaseError, transaction
from tests.integration.evaluation.conftest import COUNTY, TREE, approved

from gongwei.base.problems import Refused, Several
from gongwei.evaluation import national, schemes, trees
from gongwei.evaluation.models import Scheme
from gongwei.places import policy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("level", national.LEVELS)
def test_the_default_becomes_a_county_scheme(staff, at, level):
    """Unchanged and approved: it can be used as it stands."""
    made = schemes.from_default(by=staff.evaluator, at=at, county_key=COUNTY, year=2025, level=level)
    schemes.submit(by=staff.evaluator, at=at, scheme_id=made.id)
    found = schemes.approve(by=staff.officer, at=at, scheme_id=made.id)
    assert (found.state, len(found.digest)) == ("approved", 64)
    assert found.digest == schemes.digest(found.tree)


def test_a_draft_that_does_not_add_up_is_not_handed_in(staff, at):
    """The reason names the branch."""
    made = schemes.from_default(
        by=staff.evaluator, at=at, county_key=COUNTY, year=2025, level="village_clinic"
    )
    tree = {**made.tree, "total": "110"}
    schemes.change(by=staff.evaluator, at=at, scheme_id=made.id, tree=tree)
    with pytest.raises(Several, match="一级指标分值合计100分，应为110分"):
        schemes.submit(by=staff.evaluator, at=at, scheme_id=made.id)


def test_an_unknown_measure_is_refused(staff, at):
    """Before anything stands."""
    tree = trees.plain(trees.read(TREE))
    tree["parts"][0]["children"][0]["children"][0]["measure"] = "HTN.99"
    with pytest.raises(Several, match=r"没有指标“HTN\.99”"):
        schemes.imported(
            by=staff.evaluator,
            at=at,
            county_key=COUNTY,
            year=2025,
            level="township_centre",
            tree=trees.read(tree),
            origin="试",
        )
    assert not Scheme.objects.exists()


def test_nobody_approves_what_he_made(staff, at):
    """By the operation, and by the database."""
    made = schemes.from_default(by=staff.evaluator, at=at, county_key=COUNTY, year=2025, level="doctor")
    schemes.submit(by=staff.evaluator, at=at, scheme_id=made.id)
    with pytest.raises(policy.Forbidden):
        schemes.approve(by=staff.evaluator, at=at, scheme_id=made.id)
    Scheme.objects.filter(id=made.id).update(made_by=staff.officer.account_id)
    with pytest.raises(Refused, match="不能是同一个人"):
        schemes.approve(by=staff.officer, at=at, scheme_id=made.id)
    with pytest.raises(DatabaseError, match="evaluation_scheme_four_eyes"), transaction.atomic():
        Scheme.objects.filter(id=made.id).update(approved_by=staff.officer.account_id)


def test_an_approved_scheme_stays_as_it_is(staff, at):
    """Neither by the operation nor by the owner of the tables; a copy is a new draft and replaces it when approved."""
    first = approved(staff, at)
    with pytest.raises(Refused):
        schemes.change(by=staff.evaluator, at=at, scheme_id=first.id, title="改")
    with pytest.raises(DatabaseError, match="不可修改"), transaction.atomic():
        Scheme.objects.filter(id=first.id).update(tree={})
    copy = schemes.copied(by=staff.evaluator, at=at, scheme_id=first.id, year=2025)
    assert (copy.version, copy.tree, copy.state) == (2, first.tree, "draft")
    schemes.submit(by=staff.evaluator, at=at, scheme_id=copy.id)
    schemes.approve(by=staff.officer, at=at, scheme_id=copy.id)
    first.refresh_from_db()
    assert first.state == "replaced"
    next_year = schemes.copied(by=staff.evaluator, at=at, scheme_id=first.id, year=2026)
    assert (next_year.year, next_year.version) == (2026, 1)


def test_another_county_makes_no_scheme_here(staff, at):
    """The policy reaches the own county only."""
    with pytest.raises(policy.Forbidden):
        schemes.from_default(by=staff.far_officer, at=at, county_key=COUNTY, year=2025, level="doctor")
