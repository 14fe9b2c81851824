"""Grids with their people, and residents chosen on a list before something is done to all of them."""

import pytest
from tests.integration.places import worlds
from tests.integration.residents.conftest import OTHER, OWN, person

from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import operations as places
from gongwei.places import policy
from gongwei.residents import operations, queries
from gongwei.residents.models import Resident
from gongwei.residents.queries import choosing, gridding


@pytest.fixture
def grid(scene):
    """A grid of the own village under its village doctor."""
    made = worlds.grid(scene.world, "village_a", OWN, "东片")
    return places.edit_grid(
        by=scene.clerk,
        at=scene.at,
        grid_id=made.id,
        name="东片",
        responsible_doctor_id=scene.doctor.practitioner_id,
    )


def filed(scene, household, **changes):
    """File somebody of a household."""
    return operations.register_resident(
        by=scene.doctor, at=scene.at, profile=person(**changes), household=household
    ).resident


def family(scene):
    """Two people of one household, with nobody responsible."""
    head = filed(scene, {"relation": "02"})
    joins = {"id": head.household_id, "relation": "10"}
    wife = filed(scene, joins, name="李桂花", sequence=104, phone="", contact_phone="")
    Resident.objects.update(responsible_doctor=None)
    return head, wife


def put(scene, grid, *residents):
    """Put the households of residents into a grid."""
    return operations.assign_households(
        by=scene.clerk,
        at=scene.at,
        household_ids=[resident.household_id for resident in residents],
        grid_id=grid.id,
    )


def test_a_grid_counts_its_households_and_people(scene, grid):
    head, _ = family(scene)
    assert gridding.without_grid(scene.clerk, OWN) == 1
    put(scene, grid, head)
    assert gridding.filled(scene.clerk, [grid.id]) == {grid.id: gridding.Filled(1, 2)}
    assert gridding.without_grid(scene.clerk, OWN) == 0
    assert gridding.filled(scene.far, [grid.id]) == {grid.id: gridding.Filled(0, 0)}


def test_households_are_found_by_grid_address_and_head(scene, grid):
    head, _ = family(scene)

    def found(**asked):
        return [(row.head.name, row.living) for row in gridding.households(scene.clerk, OWN, **asked)]

    assert found() == [("张秀英", 2)]
    assert found(text="3组12号") == found(text="张秀") == [("张秀英", 2)]
    assert found(text="9组") == []
    put(scene, grid, head)
    assert found() == []
    assert found(grid_id=grid.id) == found(any_grid=True) == [("张秀英", 2)]
    assert list(gridding.households(scene.far, OWN, any_grid=True)) == []


def test_the_doctor_of_a_grid_is_given_to_its_people(scene, grid):
    head, wife = family(scene)
    put(scene, grid, head)
    Resident.objects.filter(id=wife.id).update(responsible_doctor=None)
    assert operations.give_grid_doctor(by=scene.clerk, at=scene.at, grid_id=grid.id) == 1
    assert set(Resident.objects.values_list("responsible_doctor", flat=True)) == {
        scene.doctor.practitioner_id
    }
    assert operations.give_grid_doctor(by=scene.clerk, at=scene.at, grid_id=grid.id) == 0
    line = queries.changes_of(scene.clerk, wife.id)[0]
    assert (line.item, line.business) == ("责任医生", "更换责任医生")


def test_a_grid_is_closed_when_nobody_is_left_in_it(scene, grid):
    head, _ = family(scene)
    put(scene, grid, head)
    with pytest.raises(Refused, match="还有1户"):
        operations.close_grid(by=scene.clerk, at=scene.at, grid_id=grid.id)
    other = worlds.grid(scene.world, "village_a", OWN, "西片")
    put(scene, other, head)
    assert operations.close_grid(by=scene.clerk, at=scene.at, grid_id=grid.id).active_until is not None
    with pytest.raises(Refused, match="已停用"):
        operations.give_grid_doctor(by=scene.clerk, at=scene.at, grid_id=grid.id)


@pytest.mark.parametrize("name", ["doctor", "far", "finance"])
def test_grids_are_for_those_who_may_edit_them_there(scene, grid, name):
    for operation in (operations.give_grid_doctor, operations.close_grid):
        with pytest.raises(policy.Forbidden):
            operation(by=getattr(scene, name), at=scene.at, grid_id=grid.id)


def test_a_grid_without_a_doctor_has_none_to_give(scene):
    made = worlds.grid(scene.world, "village_a", OWN, "南片")
    with pytest.raises(Refused, match="还没有责任医生"):
        operations.give_grid_doctor(by=scene.clerk, at=scene.at, grid_id=made.id)


def test_chosen_residents_are_told_by_doctor_and_the_look_is_written_down(scene):
    head, wife = family(scene)
    operations.assign_doctor(
        by=scene.clerk,
        at=scene.at,
        resident_ids=[head.id],
        doctor_id=scene.doctor.practitioner_id,
    )
    found = choosing.chosen(scene.clerk, [head.id, wife.id])
    assert dict(found.by_doctor) == {"村医甲": 1, None: 1}
    assert {row.name for row in found.first} == {"张秀英", "李桂花"}
    look = AuditEntry.objects.filter(action="list", account_id=scene.clerk.account_id).latest("id")
    assert set(look.detail["ids"]) == {str(head.id), str(wife.id)}
    assert choosing.chosen(scene.other, [head.id, wife.id]).ids == ()


def test_all_that_a_query_finds_up_to_a_limit(scene):
    head, wife = family(scene)
    assert set(choosing.matching(scene.clerk, queries.Filters(), 10)) == {head.id, wife.id}
    assert len(choosing.matching(scene.clerk, queries.Filters(), 1)) == 1
    assert choosing.matching(scene.clerk, queries.Filters(area_from=OTHER), 10) == []
