"""What was done for the people of the made-up county in a past year and part of the present one: follow-ups and measurements, well
and badly. What is wrong in a row is put in by messy_mistakes; how it is spelled is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.acceptance import messy_exams, messy_mistakes, messy_risks
from tests.acceptance.messy_people import TODAY, County, Doctor, Entry, Person

FIRST = dt.date(2024, 1, 1)


def of(rng: Random, county: County, person: Person) -> list[Entry]:
    """All rows about somebody."""
    made = [
        *_basic(rng, person),
        *_first_pressures(rng, person),
        *_follow_ups(rng, person, "htn_follow_up", person.htn_since),
        *_follow_ups(rng, person, "dm_follow_up", person.dm_since),
        *messy_exams.exams(rng, person),
        *messy_exams.self_care(rng, person),
    ]
    risks = messy_risks.contacts(person)
    own = Random(f"desk {person.id_number}")
    return [*_written(rng, county, made), *_written(own, county, risks)]


def _written(rng: Random, county: County, made: list[Entry]) -> Iterator[Entry]:
    """Signed, broken and doubled as it happens; few were seen after they had died or left."""
    made = [each for each in made if _alive(each.person, each.on) or rng.random() < 0.04]
    for each in made:
        _signed(rng, county, each)
        _typed(each)
    for each in made:
        if rng.random() < 0.05:
            messy_mistakes.broken(rng, each)
    return messy_mistakes.doubled(rng, made)


def _alive(person: Person, day: dt.date) -> bool:
    return day <= min(person.died_on or TODAY, person.left_on or TODAY)


def _signature(person: Person, doctor: Doctor, county: County) -> str:
    """The name as it must stand where two have one name."""
    if sum(each.name == doctor.name for each in county.staff) > 1:
        return (
            f"{doctor.name}（{next(i.name for i in county.institutions if i.code == doctor.organization)}）"
        )
    return doctor.name


def _signed(rng: Random, county: County, entry: Entry) -> None:
    person = entry.person
    doctor = person.doctor
    assert doctor is not None
    if entry.kind == "check_up":
        centre = county.centre_of(person.village)
        doctor = next(
            e for e in county.staff if e.organization == centre.code and e.role == "township_doctor"
        )
    name = _signature(person, doctor, county)
    if entry.kind == "basic_information":
        entry.answers["@practitioner"] = name
        entry.answers["@mode"] = "门诊"
    elif entry.kind == "self_care_assessment":
        entry.answers |= {"assessor": name, "@mode": "门诊", "@practitioner": name}
    else:
        entry.answers["responsible_doctor"] = name
        if entry.kind in ("check_up", "htn_first_pressure", "htn_high_risk_contact", "dm_high_risk_check"):
            entry.answers["@mode"] = "门诊"
    if rng.random() < 0.006 and doctor.name == "王芳" and "responsible_doctor" in entry.answers:
        entry.answers["responsible_doctor"] = "王芳"
        entry.why.append("two doctors of one name")


def _typed(entry: Entry) -> None:
    """The day the old system was told, where it kept it: soon, late, before the service, after today."""
    rng = Random(f"typed {entry.person.id_number} {entry.kind} {entry.on}")
    if entry.kind in ("check_up", "htn_follow_up", "dm_follow_up") and rng.random() < 0.7:
        days = rng.choice((0, 1, 3, 12, 29, 30, 31, 45, 90, -2, 500))
        entry.answers["@entered_on"] = entry.on + dt.timedelta(days=days)


# ---- follow-ups ----


def _days(rng: Random, since: dt.date) -> Iterator[tuple[dt.date, bool]]:
    """Days of follow-ups from enrolment on, in one of the manners of the field; and whether it was uncontrolled."""
    manner = rng.choices(("steady", "steady", "sparse", "gap", "dense", "none"), (30, 30, 15, 12, 9, 4))[0]
    if manner == "none":
        return
    day = max(since, FIRST + dt.timedelta(days=rng.randrange(40)))
    if rng.random() < 0.02:
        day = since - dt.timedelta(days=rng.randrange(5, 80))
    while day <= TODAY:
        bad = rng.random() < 0.28
        yield day, bad
        if manner == "sparse":
            step = rng.randrange(100, 220)
        elif manner == "gap":
            step = rng.choice((90, 91, 92, 106, 107, 108, 130))
        elif manner == "dense":
            step = rng.choice((7, 13, 20, 30, 45))
        else:
            step = rng.choice((80, 85, 88, 90, 91, 92, 95))
        if bad and rng.random() < 0.65:
            step = rng.choice((10, 13, 14, 14, 15, 17, 18, 21))
        day += dt.timedelta(days=step)


def _follow_ups(rng: Random, person: Person, kind: str, since: dt.date | None) -> list[Entry]:
    if since is None:
        if rng.random() < 0.01 and person.age(TODAY) >= 35:
            return [
                Entry(
                    kind,
                    person,
                    _follow_up(rng, person, kind, TODAY - dt.timedelta(days=200), False),
                    ["not enrolled"],
                )
            ]
        return []
    return [Entry(kind, person, _follow_up(rng, person, kind, day, bad)) for day, bad in _days(rng, since)]


def _follow_up(rng: Random, person: Person, kind: str, day: dt.date, bad: bool) -> dict[str, Any]:
    if rng.random() < 0.03:
        return _not_met(rng, person, day)
    age = person.age(day)
    top = 150 if age >= 65 else 140
    sys_ = (
        rng.choice((top, top + 4, 152, 164, 178, 184))
        if bad
        else rng.choice((112, 124, 131, 136, top - 1, 139))
    )
    dia = rng.choice((70, 78, 84, 89)) if rng.random() < 0.9 else rng.choice((90, 92, 110))
    if rng.random() < 0.01:
        sys_, dia = rng.choice(((180, 90), (150, 110), (92, 48), (179, 109)))
    answers: dict[str, Any] = {
        "done_on": day,
        "mode": rng.choices("1234", (62, 24, 11, 3))[0],
        "symptoms": ("1",) if rng.random() < 0.8 else tuple(sorted(rng.sample(("2", "4", "6", "8"), 2))),
        "systolic": sys_,
        "diastolic": dia,
        "height": rng.choice((None, 152, 158.5, 163, 170)),
        "weight": rng.choice((None, 48.5, 57, 66, 80.5)),
        "cigarettes": rng.choice((0, 0, 10, 20)),
        "alcohol_liang": rng.choice((0, 0, 1, 2.5)),
        "exercise_per_week": rng.choice((3, 5, 7)),
        "exercise_minutes": 30,
        "psychological_adjustment": rng.choice("112"),
        "compliance": rng.choice("112"),
        "medication_adherence": rng.choices("123", (75, 15, 10))[0],
        "adverse_reaction": "2" if rng.random() < 0.06 else "1",
        "complication": rng.choices((None, "0", "1", "2"), (30, 66, 2, 2))[0],
    }
    if answers["adverse_reaction"] == "2":
        answers["adverse_reaction_note" if kind == "htn_follow_up" else "adverse_reaction_detail"] = "干咳"
    if answers["medication_adherence"] != "3":
        answers["medications"] = rng.choice(
            ("硝苯地平缓释片；2；10；1", "二甲双胍；2；0.5；5", "依那普利；1；1；2")
        )
    if rng.random() < 0.02:
        answers["danger_signs"] = (rng.choice(("1", "4", "7")),)
    elif rng.random() < 0.2:
        answers["danger_signs"] = ("0",)
    if kind == "htn_follow_up":
        answers |= {
            "heart_rate": rng.choice((64, 72, 78, 96)),
            "salt": rng.choice("123"),
            "salt_goal": "1",
            "cigarettes_goal": 0,
            "alcohol_liang_goal": 0,
            "exercise_per_week_goal": 5,
            "exercise_minutes_goal": 30,
        }
    else:
        glucose = (
            rng.choice((7.0, 7.4, 8.9, 11.2, 16.6, 16.7, 18.3))
            if bad
            else rng.choice((4.0, 5.2, 6.1, 6.6, 6.9))
        )
        answers |= {
            "systolic": rng.choice((122, 130, 138, 150, 182)) if rng.random() < 0.2 else 128,
            "diastolic": rng.choice((70, 80)),
            "fasting_glucose": 3.9 if rng.random() < 0.02 else glucose,
            "dorsalis_pedis": "1",
            "staple_food": rng.choice((200, 250, 300)),
            "hypoglycaemia": rng.choices("123", (88, 9, 3))[0],
        }
        if rng.random() < 0.05:
            answers |= {"random_glucose": rng.choice((8.2, 12.4, 17.0))}
    # The class as somebody wrote it who looked at 140/90 (or 7.0) only; most leave it to the system.
    if rng.random() < 0.35:
        simple = "2" if (bad if kind == "dm_follow_up" else sys_ >= 140 or dia >= 90) else "1"
        answers["outcome"] = rng.choice("1234") if rng.random() < 0.05 else simple
        if rng.random() < 0.15:
            answers["outcome_reason"] = "本人近日感冒"
    if rng.random() < 0.45:
        answers["next_due_on"] = day + dt.timedelta(days=rng.choice((14, 60, 85, 90, 92, 100, 110)))
    if rng.random() < 0.25 and bad:
        answers |= {"referral_reason": "1", "referral_to": "县人民医院内科"}
    return answers


def _not_met(rng: Random, person: Person, day: dt.date) -> dict[str, Any]:
    way = rng.choice("2234")
    answers: dict[str, Any] = {"done_on": day, "result": way, "mode": rng.choice("23")}
    if way == "3":
        if person.died_on is None:
            return {**answers, "result": "2", "not_completed_reason": "外出务工，联系不上"}
        return {**answers, "death_on": person.died_on, "death_cause": "脑出血"}
    return {**answers, "not_completed_reason": rng.choice(("外出务工，联系不上", "本人拒绝"))}


def _first_pressures(rng: Random, person: Person) -> list[Entry]:
    made = []
    for year, until in ((2024, 366), (2025, 280)):
        if person.age(dt.date(year, 6, 1)) < 34 or rng.random() > 0.25:
            continue
        day = dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(until))
        raised = rng.random() < 0.3
        for place in range(rng.choice((1, 2, 3)) if raised else 1):
            answers: dict[str, Any] = {
                "done_on": day + dt.timedelta(days=7 * place),
                "occasion": "1" if place == 0 else "2",
                "systolic": rng.choice((142, 150, 166)) if raised else rng.choice((110, 128, 134)),
                "diastolic": rng.choice((78, 92)) if raised else 76,
                "known_hypertension": "2" if person.htn_since and person.htn_since <= day else "1",
            }
            if rng.random() < 0.08:
                answers |= {"systolic": None, "diastolic": None, "not_measured": rng.choice("123")}
            made.append(Entry("htn_first_pressure", person, answers))
    return [each for each in made if each.on <= TODAY]


def _basic(rng: Random, person: Person) -> list[Entry]:
    if rng.random() > 0.8:
        return []
    diseases = tuple(code for code, since in (("2", person.htn_since), ("3", person.dm_since)) if since) or (
        "1",
    )
    answers: dict[str, Any] = {
        "done_on": max(person.filed_on, person.born),
        "ethnicity": "01", "blood_abo": rng.choice("12345"), "blood_rh": rng.choice("23"), "education": "8",
        "occupation": rng.choice(("4", "8")), "marital_status": "2" if person.age(TODAY) > 24 else "1",
        "payment_methods": ("3",), "drug_allergies": ("1",), "exposures": ("1",), "past_diseases": diseases, "surgery": "1",
        "injury": "1", "transfusion": "1", "family_father": ("1",), "family_mother": ("1",), "family_siblings": ("1",),
        "family_children": ("1",), "genetic_disease": "1", "disabilities": ("1",),
    }  # fmt: skip
    made = [Entry("basic_information", person, answers)]
    if rng.random() < 0.06:
        later = rng.choice((dt.date(2024, 5, 5), dt.date(2025, 6, 6)))
        if later >= answers["done_on"]:
            made.append(
                Entry("basic_information", person, answers | {"done_on": later, "marital_status": "3"})
            )
    return made
