"""Years of services for one county as arrays, with the irregularities of real life. No database here.

The figures are [D], chosen so that a county looks like the published ones: some 11 % of residents managed for
hypertension and 3 % for diabetes, two thirds of older residents examined each year, follow-ups that come late,
are missed, are made by telephone, end in zero too often, or repeat the reading of the last time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from gongwei.site.simulation.people import DAY, People, completed_years

# Share with the disease known and managed, by age. [D] after published prevalence and awareness.
HYPERTENSION = ([34, 35, 45, 55, 65, 75, 90], [0.0, 0.035, 0.10, 0.22, 0.36, 0.42, 0.40])
DIABETES = ([34, 35, 45, 55, 65, 75, 90], [0.0, 0.010, 0.030, 0.065, 0.105, 0.110, 0.080])
EXAM_SHARE_65 = 0.68
EXAM_SHARE_MANAGED = 0.55


# Items of the basic information form whose first code says that there was none.
NO_HISTORY = [
    "exposures",
    "surgery",
    "injury",
    "transfusion",
    "family_father",
    "family_mother",
    "family_siblings",
    "family_children",
    "genetic_disease",
    "disabilities",
]
# Items of the examination whose first code says that nothing was found.
NOTHING_FOUND = [
    "diet_habits",
    "lips",
    "pharynx",
    "skin",
    "sclera",
    "lymph_nodes",
    "barrel_chest",
    "breath_sounds",
    "rales",
    "heart_rhythm",
    "heart_murmur",
    "abdomen_tenderness",
    "abdomen_mass",
    "hepatomegaly",
    "splenomegaly",
    "shifting_dullness",
    "leg_oedema",
    "occupational_exposure",
    "cerebrovascular",
    "renal",
    "cardiac",
    "vascular",
    "ocular",
    "neurological",
    "other_system",
]


def _drug(name: str, times: int, dose: str) -> str:
    return json.dumps(
        [{"name": name, "times_a_day": times, "dose": dose, "dose_unit": "1"}], ensure_ascii=False
    )


# Common first-line drugs of the basic formulary, with usual doses. [K]
DRUGS = {
    "htn_follow_up": np.array(
        [
            _drug("苯磺酸氨氯地平片", 1, "5"),
            _drug("硝苯地平控释片", 1, "30"),
            _drug("缬沙坦胶囊", 1, "80"),
            _drug("马来酸依那普利片", 2, "10"),
            _drug("氢氯噻嗪片", 1, "12.5"),
        ]
    ),
    "dm_follow_up": np.array(
        [_drug("盐酸二甲双胍片", 2, "500"), _drug("格列美脲片", 1, "2"), _drug("阿卡波糖片", 3, "50")]
    ),
}


@dataclass
class Answers:
    """Filled forms of one kind: the encounter each belongs to, and a column per question."""

    encounter: np.ndarray  # index into Services arrays
    columns: dict[str, np.ndarray]


@dataclass
class Services:
    """Encounters of one county in order of person and day, and the forms filled in them."""

    person: np.ndarray  # index into People
    done_on: np.ndarray  # datetime64[D]
    mode: np.ndarray  # form code: 1 门诊 2 家庭 3 电话
    entered_days_later: np.ndarray  # int
    forms: dict[str, Answers] = field(default_factory=dict)
    episodes: dict[str, tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict
    )  # kind → persons, started_on

    def __len__(self) -> int:
        return len(self.person)


def make_services(
    rng: np.random.Generator,
    people: People,
    *,
    filed_on: np.ndarray,
    left_on: np.ndarray,
    clinic: np.ndarray,
    clinic_quality: np.ndarray,
    today: np.datetime64,
    years: int,
) -> Services:
    """Make the services of `years` years up to `today`.

    `filed_on`: day the record was made; `left_on`: day of death or moving out (NaT when still here);
    `clinic`: index of the responsible clinic per person; `clinic_quality`: 0 (careless) to 1 (exact) per clinic.
    """
    n = len(people)
    start = np.datetime64(f"{_year(today) - years + 1}-01-01")
    end = np.where(np.isnat(left_on), today, np.minimum(left_on, today))
    age = people.age_on(today)
    quality = clinic_quality[clinic]
    hypertensive = rng.random(n) < np.interp(age, *HYPERTENSION)
    diabetic = rng.random(n) < np.interp(age, *DIABETES) * np.where(hypertensive, 1.7, 0.75)

    drafts = [_registration(people, filed_on)]
    episodes = {}
    latent = _latent_values(rng, people, age, hypertensive, diabetic)
    for kind, ill in (("hypertension", hypertensive), ("diabetes", diabetic)):
        chosen = np.flatnonzero(ill)
        began = start - rng.integers(0, 6 * 365, len(chosen)) * DAY
        recent = rng.random(len(chosen)) < 0.12
        began[recent] = start + rng.integers(0, max((today - start).astype(int), 1), int(recent.sum())) * DAY
        began = np.minimum(np.maximum(began, filed_on[chosen]), end[chosen])
        episodes[kind] = (chosen, began)
    managed = np.flatnonzero(hypertensive | diabetic)
    began = np.full(n, np.datetime64("2200-01-01"))
    for chosen, on in episodes.values():
        began[chosen] = np.minimum(began[chosen], on)
    drafts.append(_follow_ups(rng, managed, began[managed], end[managed], quality[managed], start, years))
    drafts.append(_exams(rng, people, managed, filed_on, end, today, years))

    person = np.concatenate([d[0] for d in drafts])
    done_on = np.concatenate([d[1] for d in drafts])
    what = np.concatenate([np.full(len(d[0]), k, dtype=np.int8) for k, d in enumerate(drafts)])
    order = np.lexsort((what, done_on, person))
    person, done_on, what = person[order], done_on[order], what[order]

    late_entry = rng.random(len(person)) < 0.12 * (1.3 - quality[person])
    services = Services(
        person,
        done_on,
        np.where(
            what == 1,
            rng.choice(np.array(["1", "2", "3"]), len(person), p=[0.55, 0.37, 0.08]),
            np.array("1"),
        ),
        np.minimum(
            np.where(late_entry, rng.integers(5, 60, len(person)), rng.integers(0, 3, len(person))),
            np.maximum((today - done_on).astype(int), 0),
        ),
        episodes=episodes,
    )
    follow_up, exam = np.flatnonzero(what == 1), np.flatnonzero(what == 2)
    registered = np.flatnonzero(what == 0)
    basic = _basic_information(rng, people, hypertensive, diabetic)
    services.forms["basic_information"] = Answers(
        registered, {question: answers[person[registered]] for question, answers in basic.items()}
    )
    readings = _readings(
        rng, latent, services.person, services.done_on, quality, np.concatenate([follow_up, exam])
    )
    _fill_follow_ups(rng, services, follow_up, readings, people, hypertensive, diabetic, latent)
    _fill_exams(rng, services, exam, readings, people, latent)
    return services


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970


def _registration(people: People, filed_on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The encounter in which the record was made; children under seven fill no basic information form."""
    grown = np.flatnonzero(completed_years(people.birth, filed_on) >= 7)
    return grown, filed_on[grown]


def _follow_ups(
    rng: np.random.Generator,
    chosen: np.ndarray,
    began: np.ndarray,
    end: np.ndarray,
    quality: np.ndarray,
    start: np.datetime64,
    years: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Routine contacts every three months, late or missed where the clinic is careless, revisits in two weeks."""
    slots = years * 4
    first = np.maximum(began, start)
    offset = rng.integers(0, 80, len(chosen))
    planned = first[:, None] + (offset[:, None] + np.arange(slots)[None, :] * 91) * DAY
    late = rng.normal(0, 5, planned.shape) + rng.exponential(14, planned.shape) * (1.2 - quality)[:, None]
    done = planned + late.astype(int) * DAY
    kept = rng.random(planned.shape) < 0.80 + 0.18 * quality[:, None]
    faithful = rng.random(len(chosen)) < 0.94
    kept &= faithful[:, None] | (rng.random(planned.shape) < 0.25)
    kept &= (done <= end[:, None]) & (done >= first[:, None])
    row, _ = np.nonzero(kept)
    person, day = chosen[row], done[kept]
    again = rng.random(len(person)) < 0.10
    extra_day = day[again] + rng.integers(9, 18, int(again.sum())) * DAY
    fits = extra_day <= end[row[again]]
    return np.concatenate([person, person[again][fits]]), np.concatenate([day, extra_day[fits]])


def _exams(
    rng: np.random.Generator,
    people: People,
    managed: np.ndarray,
    filed_on: np.ndarray,
    end: np.ndarray,
    today: np.datetime64,
    years: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Yearly physical examinations in campaigns from March to October."""
    is_managed = np.zeros(len(people), dtype=bool)
    is_managed[managed] = True
    this_year = _year(today)
    faithful = rng.random(len(people))
    persons, days = [], []
    for year in range(this_year - years + 1, this_year + 1):
        new_year = np.datetime64(f"{year}-01-01")
        age = completed_years(people.birth, np.datetime64(f"{year}-12-31"))
        share = np.where(age >= 65, EXAM_SHARE_65, np.where(is_managed, EXAM_SHARE_MANAGED, 0.004))
        comes = np.flatnonzero(0.75 * faithful + 0.25 * rng.random(len(people)) < share)
        day = new_year + (60 + rng.beta(2.0, 2.2, len(comes)) * 240).astype(int) * DAY
        possible = (day <= end[comes]) & (day >= filed_on[comes])
        persons.append(comes[possible])
        days.append(day[possible])
    return np.concatenate(persons), np.concatenate(days)


def _latent_values(
    rng: np.random.Generator, people: People, age: np.ndarray, hypertensive: np.ndarray, diabetic: np.ndarray
) -> dict[str, np.ndarray]:
    """What a resident's body is like, around which readings scatter."""
    n = len(people)
    height = (
        np.where(people.male, rng.normal(169, 6.2, n), rng.normal(157.5, 5.8, n))
        - np.maximum(age - 50, 0) * 0.08
    )
    height = np.where(
        age < 18,
        np.interp(age, [0, 1, 3, 7, 12, 18], [52, 76, 96, 122, 152, 166]) + rng.normal(0, 4, n),
        height,
    )
    bmi = np.clip(rng.normal(23.6, 3.1, n) + hypertensive * 1.2 + diabetic * 0.9, 15.5, 40)
    bmi = np.where(age < 18, np.clip(rng.normal(17, 1.8, n), 12, 28), bmi)
    return {
        "systolic": np.where(hypertensive, rng.normal(133.5, 9, n), rng.normal(122, 9, n))
        + np.maximum(age - 60, 0) * 0.15,
        "diastolic": np.where(hypertensive, rng.normal(80.5, 6, n), rng.normal(76, 6, n))
        - np.maximum(age - 65, 0) * 0.1,
        "glucose": np.where(diabetic, rng.normal(6.6, 1.0, n), rng.normal(5.2, 0.45, n)),
        "height": np.round(np.clip(height, 50, 195), 1),
        "weight": bmi * (np.clip(height, 50, 195) / 100) ** 2,
        "waist": 40 + bmi * 1.85 + people.male * 2 + rng.normal(0, 3, n),
        "smokes": (rng.random(n) < np.where(people.male, 0.42, 0.02)) & (age > 17),
        "drinks": (rng.random(n) < np.where(people.male, 0.35, 0.04)) & (age > 17),
    }


def _readings(
    rng: np.random.Generator,
    latent: dict[str, np.ndarray],
    person: np.ndarray,
    done_on: np.ndarray,
    quality: np.ndarray,
    chosen: np.ndarray,
) -> dict[str, np.ndarray]:
    """Blood pressure, glucose, weight and pulse of the chosen encounters, in arrays as long as all encounters."""
    total = len(person)
    who = person[chosen]
    season = 4 * np.cos(
        2 * np.pi * ((done_on[chosen] - done_on[chosen].astype("datetime64[Y]")).astype(int) - 15) / 365
    )
    systolic = latent["systolic"][who] + season + rng.normal(0, 7, len(who))
    diastolic = latent["diastolic"][who] + season / 2 + rng.normal(0, 5, len(who))
    careless = quality[who] < 0.35  # a share of clinics rounds to zero, or writes what was written last time
    rounds = careless & (rng.random(len(who)) < 0.55)
    systolic = np.where(rounds, np.round(systolic, -1), systolic)
    diastolic = np.where(rounds, np.round(diastolic, -1), diastolic)
    result = {}
    for name, values in (
        ("systolic", np.clip(np.round(systolic), 84, 228)),
        ("diastolic", np.clip(np.round(diastolic), 46, 128)),
        ("glucose", np.clip(np.round(latent["glucose"][who] + rng.normal(0, 0.6, len(who)), 1), 3.1, 24)),
        ("weight", np.round(np.clip(latent["weight"][who] + rng.normal(0, 1.1, len(who)), 3, 160), 1)),
        ("pulse", np.clip(np.round(rng.normal(75, 8, len(who))), 48, 128)),
    ):
        column = np.full(total, np.nan)
        column[chosen] = values
        result[name] = column
    result["diastolic"] = np.minimum(result["diastolic"], result["systolic"] - 18)
    return result


def _fill_follow_ups(
    rng: np.random.Generator,
    services: Services,
    follow_up: np.ndarray,
    readings: dict[str, np.ndarray],
    people: People,
    hypertensive: np.ndarray,
    diabetic: np.ndarray,
    latent: dict[str, np.ndarray],
) -> None:
    who_all = services.person
    started = {}
    for kind, (chosen, on) in services.episodes.items():
        started[kind] = np.full(len(people), np.datetime64("2200-01-01"))
        started[kind][chosen] = on
    for code, kind, ill in (
        ("htn_follow_up", "hypertension", hypertensive),
        ("dm_follow_up", "diabetes", diabetic),
    ):
        at = follow_up[ill[who_all[follow_up]]]
        at = at[services.done_on[at] >= started[kind][who_all[at]]]
        services.forms[code] = Answers(
            at, _follow_up_answers(rng, code, services, at, readings, people, latent)
        )


def _follow_up_answers(
    rng: np.random.Generator,
    code: str,
    services: Services,
    at: np.ndarray,
    readings: dict[str, np.ndarray],
    people: People,
    latent: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    who, n = services.person[at], len(at)
    age = completed_years(people.birth[who], services.done_on[at])
    reaction = rng.random(n) < 0.012
    complication = rng.random(n) < 0.006
    if code == "htn_follow_up":
        goal = np.where(age >= 65, 150, 140)
        controlled = (readings["systolic"][at] < goal) & (readings["diastolic"][at] < 90)
    else:
        controlled = readings["glucose"][at] < 7.0
    outcome = np.where(complication, "4", np.where(reaction, "3", np.where(controlled, "1", "2")))
    wait = np.where(outcome == "1", 91, 14)
    smokes, drinks = latent["smokes"][who], latent["drinks"][who]
    cigarettes = np.where(smokes, rng.integers(3, 30, n), 0)
    alcohol = np.where(drinks, np.round(rng.exponential(1.5, n), 1), 0.0)
    adherence = rng.choice(np.array(["1", "2", "3"]), n, p=[0.80, 0.15, 0.05])
    height = latent["height"][who]
    weight = readings["weight"][at]
    columns: dict[str, np.ndarray] = {
        "mode": services.mode[at],
        "symptoms": rng.choice(np.array(["1", "2", "6", "8"]), n, p=[0.88, 0.07, 0.03, 0.02]),
        "systolic": readings["systolic"][at].astype(int),
        "diastolic": readings["diastolic"][at].astype(int),
        "weight": weight,
        "bmi": np.round(weight / (height / 100) ** 2, 1),
        "cigarettes": cigarettes,
        "cigarettes_goal": np.minimum(cigarettes, 5),
        "alcohol_liang": alcohol,
        "alcohol_liang_goal": np.minimum(alcohol, 1.0),
        "exercise_per_week": rng.integers(0, 8, n),
        "exercise_minutes": rng.integers(1, 9, n) * 10,
        "exercise_per_week_goal": np.full(n, 5),
        "exercise_minutes_goal": np.full(n, 30),
        "psychological_adjustment": rng.choice(np.array(["1", "2", "3"]), n, p=[0.86, 0.12, 0.02]),
        "compliance": rng.choice(np.array(["1", "2", "3"]), n, p=[0.84, 0.13, 0.03]),
        "medication_adherence": adherence,
        "adverse_reaction": np.where(reaction, "2", "1"),
        "complication": np.where(complication, "1", "0"),
        "danger_signs": np.full(n, "0"),
        "medications": np.where(adherence == "3", "", rng.choice(DRUGS[code], n)),
        "outcome": outcome,
        "next_due_on": services.done_on[at] + wait * DAY,
    }
    if code == "htn_follow_up":
        columns["heart_rate"] = readings["pulse"][at].astype(int)
        columns["salt"] = rng.choice(np.array(["1", "2", "3"]), n, p=[0.45, 0.42, 0.13])
        columns["salt_goal"] = np.full(n, "1")
    else:
        columns["fasting_glucose"] = readings["glucose"][at]
        columns["dorsalis_pedis"] = rng.choice(np.array(["1", "2", "3"]), n, p=[0.96, 0.03, 0.01])
        columns["hypoglycaemia"] = rng.choice(np.array(["1", "2", "3"]), n, p=[0.95, 0.045, 0.005])
        columns["staple_food"] = rng.integers(4, 12, n) * 50
        columns["staple_food_goal"] = np.minimum(columns["staple_food"], 300)
        columns["dorsalis_pedis_side"] = np.where(columns["dorsalis_pedis"] == "1", "", "1")
    return columns


def _fill_exams(
    rng: np.random.Generator,
    services: Services,
    exam: np.ndarray,
    readings: dict[str, np.ndarray],
    people: People,
    latent: dict[str, np.ndarray],
) -> None:
    who, n = services.person[exam], len(exam)
    age = completed_years(people.birth[who], services.done_on[exam])
    height, weight = latent["height"][who], readings["weight"][exam]
    old = age >= 65
    self_care, total = _self_care(rng, age)
    level = np.where(total <= 3, "1", np.where(total <= 8, "2", np.where(total <= 18, "3", "4")))
    unexamined = rng.random(n) < 0.05  # laboratory values that never came back

    def laboratory(values: np.ndarray, digits: int, low: float, high: float) -> np.ndarray:
        return np.where(unexamined, np.nan, np.round(np.clip(values, low, high), digits))

    services.forms["check_up"] = Answers(
        exam,
        {
            "symptoms": rng.choice(np.array(["01", "02", "03", "14"]), n, p=[0.86, 0.05, 0.05, 0.04]),
            "body_temperature": np.round(rng.normal(36.5, 0.2, n), 1),
            "pulse_rate": readings["pulse"][exam].astype(int),
            "respiratory_rate": rng.integers(15, 21, n),
            "systolic_left": readings["systolic"][exam].astype(int),
            "diastolic_left": readings["diastolic"][exam].astype(int),
            "height": height,
            "weight": weight,
            "waist": np.round(latent["waist"][who], 1),
            "bmi": np.round(weight / (height / 100) ** 2, 1),
            "elderly_self_rated_health": np.where(
                old, rng.choice(np.array(["1", "2", "3"]), n, p=[0.6, 0.3, 0.1]), ""
            ),
            "elderly_self_care": np.where(old, level, ""),
            "elderly_cognition": np.where(old, np.where(rng.random(n) < 0.04, "2", "1"), ""),
            "elderly_emotion": np.where(old, np.where(rng.random(n) < 0.03, "2", "1"), ""),
            "smoking_status": np.where(latent["smokes"][who], "3", "1"),
            "drinking_frequency": np.where(latent["drinks"][who], "3", "1"),
            "exercise_frequency": rng.choice(np.array(["1", "2", "3", "4"]), n, p=[0.3, 0.25, 0.2, 0.25]),
            "haemoglobin": laboratory(rng.normal(135, 14, n), 0, 70, 190),
            "wbc": laboratory(rng.normal(6.2, 1.5, n), 1, 2, 15),
            "platelets": laboratory(rng.normal(210, 55, n), 0, 60, 480),
            "fasting_glucose": np.where(unexamined, np.nan, readings["glucose"][exam]),
            "alt": laboratory(rng.lognormal(2.9, 0.45, n), 0, 5, 220),
            "ast": laboratory(rng.lognormal(3.0, 0.35, n), 0, 8, 220),
            "creatinine": laboratory(rng.normal(70, 15, n), 0, 28, 220),
            "urea": laboratory(rng.normal(5.4, 1.4, n), 1, 1.2, 16),
            "total_cholesterol": laboratory(rng.normal(4.8, 0.95, n), 2, 2, 9.5),
            "triglycerides": laboratory(rng.lognormal(0.3, 0.45, n), 2, 0.3, 9),
            "ldl_c": laboratory(rng.normal(2.8, 0.75, n), 2, 0.5, 6.5),
            "hdl_c": laboratory(rng.normal(1.3, 0.3, n), 2, 0.5, 2.7),
            "total_bilirubin": laboratory(rng.normal(13, 4, n), 1, 3, 45),
            "heart_rate": readings["pulse"][exam].astype(int),
            "vision_left": np.round(np.clip(rng.normal(4.8, 0.2, n), 3.5, 5.3), 1),
            "vision_right": np.round(np.clip(rng.normal(4.8, 0.2, n), 3.5, 5.3), 1),
            "hearing": rng.choice(np.array(["1", "2"]), n, p=[0.93, 0.07]),
            "motor_function": rng.choice(np.array(["1", "2"]), n, p=[0.97, 0.03]),
            "teeth": rng.choice(np.array(["1", "2", "3"]), n, p=[0.55, 0.35, 0.10]),
            "ecg": np.where(unexamined, "", rng.choice(np.array(["1", "2"]), n, p=[0.85, 0.15])),
            "chest_xray": np.where(old & ~unexamined, rng.choice(np.array(["1", "2"]), n, p=[0.9, 0.1]), ""),
            "ultrasound_abdomen": np.where(
                old & ~unexamined, rng.choice(np.array(["1", "2"]), n, p=[0.85, 0.15]), ""
            ),
            "assessment": rng.choice(np.array(["1", "2"]), n, p=[0.35, 0.65]),
            "guidance": np.full(n, "2"),
            "next_due_on": services.done_on[exam] + 365 * DAY,
            **{item: np.full(n, "1") for item in NOTHING_FOUND},
        },
    )
    at = np.flatnonzero(old)
    services.forms["self_care_assessment"] = Answers(
        exam[at],
        {
            **{
                item: codes[np.minimum(grade[at], len(codes) - 1)]
                for item, (codes, grade) in self_care.items()
            },
            "total": total[at],
            "level": level[at],
        },
    )


# Scores of each item of the self-care form, from independent to wholly dependent (elderly.md §3).
SELF_CARE = {
    "eating": np.array([0, 3, 5]),
    "grooming": np.array([0, 1, 3, 7]),
    "dressing": np.array([0, 3, 5]),
    "toileting": np.array([0, 1, 5, 10]),
    "mobility": np.array([0, 1, 5, 10]),
}


def _self_care(
    rng: np.random.Generator, age: np.ndarray
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """Grade of dependence in each item, rising with age, and the total score."""
    general = rng.exponential(np.interp(age, [65, 75, 85, 95], [0.10, 0.22, 0.55, 1.1]))
    grades = {}
    total = np.zeros(len(age), dtype=int)
    for item, codes in SELF_CARE.items():
        # Bathing and walking fail first; eating last.
        ease = {"grooming": 0.15, "mobility": 0.1, "toileting": -0.1}.get(item, -0.25)
        grade = np.clip(np.floor(general + ease + rng.normal(0, 0.25, len(age))), 0, len(codes) - 1).astype(
            int
        )
        grades[item] = (codes, grade)
        total += codes[grade]
    return grades, total


def _basic_information(
    rng: np.random.Generator, people: People, hypertensive: np.ndarray, diabetic: np.ndarray
) -> dict[str, np.ndarray]:
    """Answers of the basic information form for every resident; the caller keeps those who fill it."""
    n = len(people)
    birth_year = people.birth.astype("datetime64[Y]").astype(int) + 1970
    schooling = np.where(
        birth_year < 1950,
        rng.choice(np.array(["9", "8", "7"]), n, p=[0.5, 0.4, 0.1]),
        np.where(
            birth_year < 1975,
            rng.choice(np.array(["9", "8", "7", "6"]), n, p=[0.08, 0.32, 0.45, 0.15]),
            rng.choice(np.array(["7", "6", "4", "3", "2"]), n, p=[0.42, 0.2, 0.13, 0.14, 0.11]),
        ),
    )
    return {
        "ethnicity": np.where(rng.random(n) < 0.97, "01", "11"),
        "blood_abo": rng.choice(np.array(["1", "2", "3", "4", "5"]), n, p=[0.24, 0.24, 0.27, 0.07, 0.18]),
        "blood_rh": rng.choice(np.array(["2", "3", "1"]), n, p=[0.7, 0.297, 0.003]),
        "education": schooling,
        "occupation": rng.choice(np.array(["4", "5", "3", "1", "8"]), n, p=[0.5, 0.17, 0.13, 0.07, 0.13]),
        "past_diseases": np.where(hypertensive, "2", np.where(diabetic, "3", "1")),
        "marital_status": np.where(people.age_on(np.datetime64("2020-01-01")) < 24, "1", "2"),
        "payment_methods": rng.choice(np.array(["1", "2", "7"]), n, p=[0.25, 0.73, 0.02]),
        "drug_allergies": rng.choice(np.array(["1", "2", "3"]), n, p=[0.955, 0.035, 0.01]),
        **{item: np.full(n, "1") for item in NO_HISTORY},
        "kitchen_exhaust": rng.choice(np.array(["1", "2", "3", "4"]), n, p=[0.1, 0.5, 0.2, 0.2]),
        "fuel_type": rng.choice(np.array(["1", "2", "3", "5"]), n, p=[0.5, 0.08, 0.3, 0.12]),
        "water_source": rng.choice(np.array(["1", "3"]), n, p=[0.9, 0.1]),
        "toilet_type": rng.choice(np.array(["1", "2", "3"]), n, p=[0.6, 0.2, 0.2]),
        "livestock_pen": rng.choice(np.array(["1", "2"]), n, p=[0.7, 0.3]),
    }
