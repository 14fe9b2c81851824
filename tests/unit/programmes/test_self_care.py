"""老年人生活自理能力评估表: total and level, by the vectors of elderly.md §4."""

import datetime as dt
import itertools

import pytest

from gongwei.engines import judging, row
from gongwei.programmes.older_people.forms import SelfCareAssessment as form

DAY = dt.date(2025, 3, 1)
QUESTIONS = ("eating", "grooming", "dressing", "toileting", "mobility")


def computed(scores):
    """Total and level of five scores; the level uses the total."""
    answers = {"done_on": DAY} | dict(zip(QUESTIONS, map(str, scores), strict=True))
    record = row.Record(form, DAY, answers)
    answers["total"] = judging.computed_answers(record, row.Subject())["total"]
    return answers["total"], judging.computed_answers(record, row.Subject())["level"]


@pytest.mark.parametrize(
    ("scores", "total", "level"),
    [
        ((0, 0, 0, 0, 0), 0, "1"),
        ((0, 1, 0, 1, 1), 3, "1"),
        ((3, 1, 0, 0, 0), 4, "2"),
        ((3, 3, 0, 1, 1), 8, "2"),
        ((3, 3, 3, 0, 0), 9, "3"),
        ((3, 7, 3, 0, 5), 18, "3"),
        ((3, 3, 3, 5, 5), 19, "4"),
        ((5, 7, 5, 10, 10), 37, "4"),
    ],
)
def test_vectors(scores, total, level):
    assert computed(scores) == (total, level)


def test_one_is_no_score_of_eating():
    record = row.Record(form, DAY, {"done_on": DAY, "eating": "1"}, entered_on=DAY)
    assert ("eating", "shape") in {
        (each.field, each.rule) for each in judging.problems(record, row.Subject())
    }


def test_allowed_scores():
    allowed = {name: [int(code) for code in form.fields[name].options.codes] for name in QUESTIONS}
    assert allowed == {
        "eating": [0, 3, 5],
        "grooming": [0, 1, 3, 7],
        "dressing": [0, 3, 5],
        "toileting": [0, 1, 5, 10],
        "mobility": [0, 1, 5, 10],
    }


def test_every_combination_has_the_level_of_its_band():
    """All 576 of them: 0–3, 4–8, 9–18, ≥19."""
    for scores in itertools.product((0, 3, 5), (0, 1, 3, 7), (0, 3, 5), (0, 1, 5, 10), (0, 1, 5, 10)):
        total = sum(scores)
        band = "1" if total <= 3 else "2" if total <= 8 else "3" if total <= 18 else "4"
        assert computed(scores) == (total, band)


def test_an_unanswered_question_leaves_total_and_level_open():
    record = row.Record(form, DAY, {"done_on": DAY, "eating": "0"})
    assert judging.computed_answers(record, row.Subject()) == {"total": None, "level": None}
