"""Residents under care with follow-ups behind them, for journeys on the page of a contact; made by the operations themselves."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from tests.functional.pages.county import id_number

from gongwei.base import clock
from gongwei.places.actors import actor_for
from gongwei.places.models import Account, Duty
from gongwei.records import operations as records
from gongwei.residents import operations as residents
from gongwei.tasks import operations as tasks

VILLAGE = 660101101201
#: How long ago the last follow-up was, in days: the next one is due.
LAST, BEFORE = 91, 182
_sequence = count(401, 2)
_CHARACTERS = "江河湖海山石田木林森松柏杨柳桃李梅兰竹菊"

LIFE = {
    "cigarettes": 5,
    "alcohol_liang": Decimal("0"),
    "exercise_per_week": 3,
    "exercise_minutes": 30,
    "psychological_adjustment": "1",
    "compliance": "1",
    "medication_adherence": "1",
}
DRUGS = [{"name": "硝苯地平", "times_a_day": 2, "dose": "10", "dose_unit": "1"}]
HYPERTENSION = {
    **LIFE,
    "mode": "1",
    "symptoms": ["1"],
    "heart_rate": 76,
    "cigarettes_goal": 3,
    "alcohol_liang_goal": Decimal("0"),
    "exercise_per_week_goal": 5,
    "exercise_minutes_goal": 30,
    "salt": "2",
    "salt_goal": "1",
    "adverse_reaction": "1",
    "medications": DRUGS,
}
DIABETES = {
    **LIFE,
    "mode": "1",
    "symptoms": ["1"],
    "systolic": 132,
    "diastolic": 82,
    "dorsalis_pedis": "1",
    "staple_food": 300,
    "fasting_glucose": Decimal("6.5"),
    "adverse_reaction": "1",
    "hypoglycaemia": "1",
    "medications": [{"name": "二甲双胍", "times_a_day": 2, "dose": "0.5", "dose_unit": "2"}],
}


def doctor() -> Any:
    """The village doctor of 柳树村 acting there."""
    account = Account.objects.select_related("practitioner").get(username="doctor")
    duty = Duty.objects.get(practitioner=account.practitioner, role="village_doctor")
    return actor_for(account, duty)


def clerk() -> Any:
    """The clerk of 河口镇卫生院."""
    account = Account.objects.select_related("practitioner").get(username="clerk")
    return actor_for(account, Duty.objects.get(practitioner=account.practitioner))


def somebody(*kinds: str, born: str = "1960-02-11", followed: bool = True) -> tuple[str, str]:
    """(id, name) of a new resident under care for `kinds`, followed up twice in the last half year."""
    at, today, number = clock.now(), clock.today(), next(_sequence)
    name = "唐" + _CHARACTERS[number % 20] + _CHARACTERS[number // 20 % 20]
    profile = {
        "name": name,
        "sex": "1",
        "birth_date": born,
        "id_type": "01",
        "id_number": id_number(born, f"{number:03d}"),
        "phone": "13900007777",
        "area": VILLAGE,
        "address": "溪边8号",
        "residence_type": "1",
    }
    filed = residents.register_resident(by=clerk(), at=at, profile=profile, household={"relation": "02"})
    resident, by = filed.resident.id, doctor()
    for kind in kinds:
        records.start_episode(
            by=by, at=at, resident_id=resident, kind=kind, started_on=today - dt.timedelta(days=400)
        )
    for days, pressure in ((BEFORE, (148, 92)), (LAST, (136, 84))) if followed else ():
        done_on = today - dt.timedelta(days=days)
        signed = {"responsible_doctor": str(by.practitioner_id)}
        pressures = {"systolic": pressure[0], "diastolic": pressure[1]}
        forms = {"hypertension": ("htn_follow_up", HYPERTENSION), "diabetes": ("dm_follow_up", DIABETES)}
        records.record_encounter(
            by=by,
            at=at,
            resident_id=resident,
            done_on=done_on,
            mode="outpatient",
            responses=[(forms[kind][0], {**forms[kind][1], **pressures, **signed}) for kind in kinds],
        )
    tasks.replan(resident_ids=[resident], at=at)
    return str(resident), name
