"""Years of services for one county as arrays, with the irregularities of real life. No database here.

The figures are [D], chosen so that a county looks like the published ones: some 11 % of residents managed for
hypertension and 3 % for diabetes, two thirds of older residents examined each year, follow-ups that come late,
are missed, are made by telephone, end in zero too often, or repeat the reading of the last time.
"""

from __future__ import annotations

import numpy as np

from gongwei.site.simulation import answers
from gongwei.site.simulation.encounters import Answers, Services
from gongwei.site.simulation.people import DAY, People, completed_years

# Share with the disease known and managed, by age. [D] after published prevalence and awareness.
HYPERTENSION = ([34, 35, 45, 55, 65, 75, 90], [0.0, 0.035, 0.10, 0.22, 0.36, 0.42, 0.40])
DIABETES = ([34, 35, 45, 55, 65, 75, 90], [0.0, 0.010, 0.030, 0.065, 0.105, 0.110, 0.080])
EXAM_SHARE_65 = 0.68
EXAM_SHARE_MANAGED = 0.55


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
    basic = answers.basic_information(rng, people, hypertensive, diabetic)
    services.forms["basic_information"] = Answers(
        registered, {question: given[person[registered]] for question, given in basic.items()}
    )
    readings = _readings(
        rng, latent, services.person, services.done_on, quality, np.concatenate([follow_up, exam])
    )
    answers.fill_follow_ups(rng, services, follow_up, readings, people, hypertensive, diabetic, latent)
    answers.fill_exams(rng, services, exam, readings, people, diabetic, latent)
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
