"""What the forms of simulated encounters say: arrays of answers by question. Figures are [D]."""

from __future__ import annotations

import json

import numpy as np

from gongwei.site.simulation.encounters import Answers, Services
from gongwei.site.simulation.people import DAY, People, completed_years

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


def basic_information(
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


def fill_follow_ups(
    rng: np.random.Generator,
    services: Services,
    follow_up: np.ndarray,
    readings: dict[str, np.ndarray],
    people: People,
    hypertensive: np.ndarray,
    diabetic: np.ndarray,
    latent: dict[str, np.ndarray],
) -> None:
    """Fill the follow-up forms of both diseases: one encounter serves both where somebody has both."""
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


def fill_exams(
    rng: np.random.Generator,
    services: Services,
    exam: np.ndarray,
    readings: dict[str, np.ndarray],
    people: People,
    diabetic: np.ndarray,
    latent: dict[str, np.ndarray],
) -> None:
    """Fill the check-up form, and from 65 years on the self-care assessment."""
    who, n = services.person[exam], len(exam)
    age = completed_years(people.birth[who], services.done_on[exam])
    height, weight = latent["height"][who], readings["weight"][exam]
    old = age >= 65
    self_care, total = _self_care(rng, age)
    level = np.where(total <= 3, "1", np.where(total <= 8, "2", np.where(total <= 18, "3", "4")))
    unexamined = rng.random(n) < 0.05  # laboratory values that never came back

    def laboratory(values: np.ndarray, digits: int, low: float, high: float) -> np.ndarray:
        return np.where(unexamined, np.nan, np.round(np.clip(values, low, high), digits))

    ecg = np.where(unexamined, "", rng.choice(np.array(["1", "2"]), n, p=[0.85, 0.15]))
    chest_xray = np.where(old & ~unexamined, rng.choice(np.array(["1", "2"]), n, p=[0.9, 0.1]), "")
    ultrasound = np.where(old & ~unexamined, rng.choice(np.array(["1", "2"]), n, p=[0.85, 0.15]), "")
    cognition = np.where(old, np.where(rng.random(n) < 0.04, "2", "1"), "")
    emotion = np.where(old, np.where(rng.random(n) < 0.03, "2", "1"), "")
    found = {
        "ecg_other": (ecg, "窦性心动过缓"),
        "chest_xray_other": (chest_xray, "两肺纹理增多"),
        "ultrasound_abdomen_other": (ultrasound, "脂肪肝"),
    }
    raised = (readings["systolic"][exam] >= 140) | (readings["diastolic"][exam] >= 90)
    sugar = ~unexamined & (readings["glucose"][exam] >= 7)
    heavy = weight / (height / 100) ** 2 >= 28
    named = [
        [words for shown, words in zip(each, NAMED, strict=True) if shown]
        for each in zip(
            raised.tolist(),
            sugar.tolist(),
            heavy.tolist(),
            *((seen == "2").tolist() for seen, _ in found.values()),
            strict=True,
        )
    ]
    # Now and then somebody writes 体检无异常 over an abnormal value, as in life.
    abnormal = np.array([bool(each) for each in named]) & (rng.random(n) > 0.03)
    services.forms["check_up"] = Answers(
        exam,
        {
            "assessment": np.where(abnormal, "2", "1"),
            "abnormalities": np.array(
                [_rows(words) if told else "" for words, told in zip(named, abnormal.tolist(), strict=True)]
            ),
            **_habits(rng, n, latent["smokes"][who], latent["drinks"][who], age),
            **{item: np.where(seen == "2", words, "") for item, (seen, words) in found.items()},
            "ecg": ecg,
            "chest_xray": chest_xray,
            "ultrasound_abdomen": ultrasound,
            "elderly_cognition": cognition,
            "mmse_score": np.where(cognition == "2", rng.integers(12, 22, n), np.nan),
            "elderly_emotion": emotion,
            "gds_score": np.where(emotion == "2", rng.integers(11, 24, n), np.nan),
            "symptoms": rng.choice(np.array(["01", "02", "03", "14"]), n, p=[0.86, 0.05, 0.05, 0.04]),
            "body_temperature": np.round(rng.normal(36.5, 0.2, n), 1),
            "pulse_rate": readings["pulse"][exam].astype(int),
            "respiratory_rate": rng.integers(15, 21, n),
            "systolic_left": readings["systolic"][exam].astype(int),
            "diastolic_left": readings["diastolic"][exam].astype(int),
            "height": height,
            "weight": weight,
            "waist": np.round(latent["waist"][who], 1),
            # Asked of diabetics, and now and then forgotten.
            "dorsalis_pedis": np.where(
                diabetic[who], rng.choice(np.array(["2", "3", "4", ""]), n, p=[0.86, 0.02, 0.02, 0.1]), ""
            ),
            "bmi": np.round(weight / (height / 100) ** 2, 1),
            "elderly_self_rated_health": np.where(
                old, rng.choice(np.array(["1", "2", "3"]), n, p=[0.6, 0.3, 0.1]), ""
            ),
            "elderly_self_care": np.where(old, level, ""),
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
            # The year's exam of older people: urine, and from 2025 HbA1c, which goes with glucose.
            **{f"urine_{strip}": np.where(unexamined, "", "-") for strip in ("protein", "ketones", "blood")},
            "urine_glucose": np.where(unexamined, "", np.where(readings["glucose"][exam] >= 10, "+", "-")),
            "hba1c": np.where(
                old,
                np.round(np.clip(laboratory(readings["glucose"][exam], 1, 3, 20) * 0.55 + 2.3, 3, 20), 1),
                np.nan,
            ),
            "vision_scale": np.full(n, "five_point"),
            "heart_rate": readings["pulse"][exam].astype(int),
            "vision_left": np.round(np.clip(rng.normal(4.8, 0.2, n), 3.5, 5.3), 1),
            "vision_right": np.round(np.clip(rng.normal(4.8, 0.2, n), 3.5, 5.3), 1),
            "hearing": rng.choice(np.array(["1", "2"]), n, p=[0.93, 0.07]),
            "motor_function": rng.choice(np.array(["1", "2"]), n, p=[0.97, 0.03]),
            "teeth": rng.choice(np.array(["1", "2", "3"]), n, p=[0.55, 0.35, 0.10]),
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


#: What the doctor writes under 异常, in the order in which `fill_exams` looks.
NAMED = ("血压偏高", "空腹血糖升高", "肥胖", "心电图异常", "胸片异常", "腹部B超异常")


def _rows(words: list[str]) -> str:
    return json.dumps([{"finding": each} for each in words], ensure_ascii=False)


def _habits(
    rng: np.random.Generator, n: int, smokes: np.ndarray, drinks: np.ndarray, age: np.ndarray
) -> dict[str, np.ndarray]:
    """生活方式 of the check-up, with what each answer asks for besides."""
    exercise = rng.choice(np.array(["1", "2", "3", "4"]), n, p=[0.3, 0.25, 0.2, 0.25])
    moves = exercise != "4"

    def number(asked: np.ndarray, low: int, high: int, most: np.ndarray | None = None) -> np.ndarray:
        drawn = rng.integers(low, high, n)
        return np.where(asked, drawn if most is None else np.minimum(drawn, most), np.nan)

    return {
        "exercise_frequency": exercise,
        "exercise_minutes": number(moves, 2, 7) * 10,
        "exercise_years": number(moves, 1, 20),
        "exercise_type": np.where(moves, rng.choice(np.array(["步行", "广场舞", "太极拳"]), n), ""),
        "smoking_status": np.where(smokes, "3", "1"),
        "cigarettes_per_day": number(smokes, 3, 30),
        "smoking_start_age": number(smokes, 16, 30, age),
        "drinking_frequency": np.where(drinks, "3", "1"),
        "alcohol_liang_per_day": number(drinks, 1, 4),
        "drinking_quit": np.where(drinks, "1", ""),
        "drinking_start_age": number(drinks, 18, 35, age),
        "drunk_last_year": np.where(drinks, rng.choice(np.array(["1", "2"]), n, p=[0.2, 0.8]), ""),
        "alcohol_types": np.where(drinks, rng.choice(np.array(["1", "2"]), n, p=[0.8, 0.2]), ""),
    }


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
