"""What goes wrong at the desk: one thing wrong with a row, or the row written twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.acceptance.messy_cells import Raw
from tests.acceptance.messy_people import TODAY, Entry


def broken(rng: Random, entry: Entry) -> None:
    """One thing wrong with the row, of those that stop it or only ask."""
    said = entry.answers
    ways: list[tuple[str, dict[str, Any]]] = [
        ("in the future", {"done_on": TODAY + dt.timedelta(days=rng.randrange(1, 60))}),
        ("before birth", {"done_on": entry.person.born - dt.timedelta(days=rng.randrange(1, 900))}),
        ("no such day", {"done_on": Raw(rng.choice(("2025-02-30", "2024年13月1日", "去年三月", "25.3.10")))}),
        ("no day", {"done_on": None}),
        ("other name", {"@name": Raw("刘不对")}),
        ("unknown number", {"@id_number": Raw("660201198808088889")}),
    ]
    if entry.kind in ("htn_follow_up", "dm_follow_up") and said.get("result") in (None, "1"):
        ways += [
            ("pressure out of range", {"systolic": rng.choice((13, 301, 1360))}),
            ("pressure the wrong way round", {"systolic": said["diastolic"], "diastolic": said["systolic"]}),
            ("soft range", {"systolic": 88, "diastolic": 49}),
            (
                "required missing",
                {rng.choice(("symptoms", "compliance", "medication_adherence", "adverse_reaction")): None},
            ),
            ("pressure missing", {"systolic": None}),
            ("no such option", {"compliance": Raw("非常好")}),
            ("with the unit", {"systolic": Raw("138mmHg")}),
            ("with another unit", {"systolic": Raw("18.4kPa")}),
            ("next before this", {"next_due_on": entry.on - dt.timedelta(days=3)}),
            ("next too far", {"next_due_on": entry.on + dt.timedelta(days=200)}),
            ("symptoms exclude", {"symptoms": ("1", "2")}),
            ("drugs missing", {"medication_adherence": "1", "medications": None}),
        ]
        if entry.kind == "dm_follow_up":
            ways += [
                ("glucose missing", {"fasting_glucose": None}),
                ("glucose out of range", {"fasting_glucose": 51.0}),
            ]
    elif entry.kind == "check_up":
        ways += [
            ("waist missing", {"waist": None}),
            ("smoking contradicts", {"smoking_status": "1", "cigarettes_per_day": 10}),
            ("both ways of eating", {"diet_habits": ("1", "2")}),
            (
                "no pressure at all",
                dict.fromkeys(("systolic_left", "diastolic_left", "systolic_right", "diastolic_right")),
            ),
            ("reported before", {"reported_on": entry.on - dt.timedelta(days=9)}),
        ]
    elif entry.kind == "self_care_assessment":
        ways += [("local score", {"eating": Raw("1")}), ("score missing", {"mobility": None})]
    elif entry.kind == "htn_first_pressure":
        ways += [
            ("pressure missing", {"systolic": None, "not_measured": None}),
            ("no occasion", {"occasion": None}),
        ]
    elif entry.kind == "htn_high_risk_contact":
        ways += [
            ("pressure the wrong way round", {"systolic": said["diastolic"], "diastolic": said["systolic"]}),
            ("nothing advised", {"guidance": None}),
        ]
    elif entry.kind == "dm_high_risk_check":
        ways += [
            ("glucose out of range", {"fasting_glucose": 51.0}),
            ("no risk named", {"risk_factors": None}),
        ]
    why, changes = rng.choice(ways)
    said |= changes
    entry.why.append(why)


def doubled(rng: Random, made: list[Entry]) -> Iterator[Entry]:
    """Rows twice: the very same again, or another one of the same day."""
    for each in made:
        yield each
        if rng.random() < 0.012:
            yield Entry(each.kind, each.person, dict(each.answers), [*each.why, "the same again"])
        elif (
            rng.random() < 0.008
            and each.kind in ("htn_follow_up", "dm_follow_up")
            and "compliance" in each.answers
        ):
            other = "2" if each.answers["compliance"] == "1" else "1"
            yield Entry(
                each.kind, each.person, {**each.answers, "compliance": other}, [*each.why, "twice on one day"]
            )
