"""Who is at high risk of hypertension or diabetes, and how often he was measured: kept or late, raised and measured again or not.

Drawn from a stream of its own, so that the rest of a seed's county stays what it was.
"""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from tests.acceptance.messy_people import TODAY, Entry, Person

HTN, DM = "高血压高危人群管理", "糖尿病高危人群管理"


def since(person: Person) -> dict[str, dt.date]:
    """From which day somebody is watched, by the name of the management; nobody who has the disease."""
    rng = Random(f"risk {person.id_number}")
    found = {}
    for name, disease in ((HTN, person.htn_since), (DM, person.dm_since)):
        day = dt.date(2023, 6, 1) + dt.timedelta(days=rng.randrange(800))
        if rng.random() < 0.18 and disease is None and person.age(day) >= 35:
            found[name] = max(day, person.filed_on)
    return found


def contacts(person: Person) -> list[Entry]:
    """What was measured of somebody at risk."""
    rng, made = Random(f"contacts {person.id_number}"), []
    for name, first in since(person).items():
        day = first + dt.timedelta(days=rng.randrange(60))
        while day <= TODAY:
            raised = rng.random() < 0.25
            if name == HTN:
                made.append(Entry("htn_high_risk_contact", person, _pressure(rng, day, raised)))
                step = rng.choice((120, 150, 170, 183, 200, 215, 300))
            else:
                made.append(Entry("dm_high_risk_check", person, _glucose(rng, day, raised)))
                step = rng.choice((300, 340, 365, 380, 400))
            if raised and rng.random() < 0.6:
                step = rng.choice((1, 5, 7, 12, 14, 15, 28))
            day += dt.timedelta(days=step)
    return made


def _pressure(rng: Random, day: dt.date, raised: bool) -> dict[str, Any]:
    return {
        "done_on": day,
        "risk_factors": (rng.choice("1346"),),
        "systolic": rng.choice((140, 144, 158, 182)) if raised else rng.choice((118, 131, 138, 139)),
        "diastolic": rng.choice((78, 88, 89)) if rng.random() < 0.9 else 90,
        "height": rng.choice((None, 158, 171)),
        "weight": rng.choice((None, 60.5, 82)),
        "guidance": rng.choice((("1",), ("1", "5"), ("2", "5", "6"))),
    }


def _glucose(rng: Random, day: dt.date, raised: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "done_on": day,
        "risk_factors": (rng.choice(("1", "4", "5", "10")),),
        "guidance": "控制体重，规律运动",
    }
    way = rng.random()
    if way < 0.75:
        said["fasting_glucose"] = (
            rng.choice((7.0, 7.8, 16.7)) if raised else rng.choice((3.9, 4.8, 5.9, 6.1, 6.9))
        )
    elif way < 0.85:
        said |= {"random_glucose": 12.3 if raised else 9.4, "typical_symptoms": rng.choice((None, "1", "2"))}
    elif way < 0.95:
        said["hba1c"] = rng.choice((6.5, 8.1)) if raised else 5.8
    else:
        said["postprandial_glucose"] = 11.1 if raised else 7.7
    return said
