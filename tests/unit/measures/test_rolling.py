"""Counts at places above: each line counted once at each place, organizations through their parents, nothing lost."""

from uuid import UUID

from gongwei.measures import rolling
from gongwei.measures.figures import Place

CLINIC, CENTRE, DOCTOR, STRANGER = (UUID(int=number) for number in (1, 2, 3, 4))
PLACES = {
    ("area", key): Place("area", key, key, level, parent)
    for key, level, parent in (
        ("660101101201", "village", "660101101000"),
        ("660101101202", "village", "660101101000"),
        ("660101101000", "township", "660101000000"),
        ("660101000000", "county", None),
    )
} | {
    ("organization", str(CLINIC)): Place("organization", str(CLINIC), "室", "organization", str(CENTRE)),
    ("organization", str(CENTRE)): Place("organization", str(CENTRE), "院", "organization", None),
    ("doctor", str(DOCTOR)): Place("doctor", str(DOCTOR), "医", "doctor", str(CLINIC)),
}


def test_every_level_has_the_sum_of_what_lies_below() -> None:
    lines = [
        ("HTN.1", "2026", 660101101201, CLINIC, DOCTOR, 10, 6, 1),
        ("HTN.1", "2026", 660101101202, CLINIC, None, 5, 5, 0),
        ("HTN.1", "2026", 660101101202, CENTRE, STRANGER, 2, 0, 0),
        ("DM.1", "2026", 660101101201, None, None, 1, 0, 0),
    ]
    found = rolling.up(lines, PLACES)
    assert found["HTN.1", "2026"] == {
        ("area", "660101101201"): (10, 6, 1),
        ("area", "660101101202"): (7, 5, 0),
        ("area", "660101101000"): (17, 11, 1),
        ("area", "660101000000"): (17, 11, 1),
        ("organization", str(CLINIC)): (15, 11, 1),
        ("organization", str(CENTRE)): (17, 11, 1),
        ("doctor", str(DOCTOR)): (10, 6, 1),
    }
    assert set(found["DM.1", "2026"]) == {
        ("area", "660101101201"),
        ("area", "660101101000"),
        ("area", "660101000000"),
    }


def test_a_circle_of_parents_ends() -> None:
    places = {
        ("area", "1"): Place("area", "1", "", "village", "2"),
        ("area", "2"): Place("area", "2", "", "township", "1"),
    }
    found = rolling.up([("M", "2026", 1, None, None, 1, 1, 0)], places)
    assert found["M", "2026"] == {("area", "1"): (1, 1, 0), ("area", "2"): (1, 1, 0)}
