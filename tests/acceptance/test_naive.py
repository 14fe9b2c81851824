"""The naive side by itself: it shares no code with the system, knows the reference's examples, and reads messy as it reads plain."""

from __future__ import annotations

import ast
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.acceptance import messy
from tests.acceptance.naive import answers, measures, money, months, people, records, rules, values

NAIVE = Path(__file__).parent / "naive"
ALLOWED = ("tests.acceptance.naive", "openpyxl", "python_calamine", "yaml")


def imported(path):
    """Every module a file imports, at its top or anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_naive_side_imports_nothing_of_gongwei():
    import sys

    for path in sorted(NAIVE.glob("*.py")):
        strangers = {
            each
            for each in imported(path)
            if each.split(".")[0] not in sys.stdlib_module_names and not each.startswith(ALLOWED)
        }
        assert strangers == set(), path.name
    generator = set().union(*(imported(path) for path in NAIVE.parent.glob("messy*.py")))
    assert not any(each.startswith("gongwei") for each in generator)


def test_messy_and_plain_are_one_truth(tmp_path):
    said = {}
    for plain in (True, False):
        written = messy.write(tmp_path / str(plain), seed=3, residents=120, plain=plain)
        told = answers.of(written.package, written.afterwards, messy.TODAY)
        counts: dict[tuple[str, str, str], int] = {}
        for each in told.verdicts:
            key = each.kind, each.state, " ".join(sorted(each.why))
            counts[key] = counts.get(key, 0) + 1
        said[plain] = counts, told.year(2024), told.year(2025)
    assert said[True] == said[False]
    assert sum(said[True][0].values()) > 1000


def parameter():
    return rules.lookup(answers.reading.parameters(answers.PARAMETERS))


def person(age_on, age):
    born = dt.date(age_on.year - age, age_on.month, 1)
    return people.Person("甲", "1", born, "x", 1, "", "", born, None)


def judged(kind, rows):
    """Rows and next days of follow-ups of one person, in order. Each: day, answers."""
    somebody = person(rows[0][0], rows[0][1].pop("age", 58))
    for serial, (on, said) in enumerate(rows):
        made = records.Record(kind, somebody, on, said, "d", "o", serial)
        somebody.records.append(made)
    judge = rules.Judge(parameter())
    judge.person(somebody)
    return [(each.derived["outcome"], judge.due_after(each)[1]) for each in somebody.records]


D = dt.date
#: hypertension.md §4 test vectors: age, SBP, DBP, others → outcome, days or months to the next.
HTN = [
    (50, 138, 88, {}, "1", D(2025, 4, 10)), (50, 140, 88, {}, "2", D(2025, 1, 24)), (50, 139, 90, {}, "2", D(2025, 1, 24)),
    (65, 149, 89, {}, "1", D(2025, 4, 10)), (65, 150, 80, {}, "2", D(2025, 1, 24)), (64, 145, 85, {}, "2", D(2025, 1, 24)),
    (70, 145, 92, {}, "2", D(2025, 1, 24)), (58, 180, 95, {}, "2", D(2025, 1, 24)), (58, 150, 110, {}, "2", D(2025, 1, 24)),
    (58, 132, 80, {"danger_signs": frozenset("4")}, "2", D(2025, 1, 24)), (58, 132, 80, {"adverse_reaction": "2"}, "3", D(2025, 1, 24)),
    (58, 132, 80, {"complication": "1"}, "4", D(2025, 1, 24)),
]  # fmt: skip


@pytest.mark.parametrize(("age", "sbp", "dbp", "more", "outcome", "due"), HTN)
def test_the_vectors_of_hypertension(age, sbp, dbp, more, outcome, due):
    said = {"age": age, "systolic": Decimal(sbp), "diastolic": Decimal(dbp), **more}
    assert judged("htn_follow_up", [(D(2025, 1, 10), said)]) == [(outcome, due)]


def test_twice_in_a_row_is_by_the_same_cause():
    bad = {"age": 64, "systolic": Decimal(152), "diastolic": Decimal(94)}
    again = {"systolic": Decimal(148), "diastolic": Decimal(88)}
    assert judged("htn_follow_up", [(D(2025, 3, 10), bad), (D(2025, 3, 24), again)])[1] == (
        "2",
        D(2025, 4, 7),
    )


@pytest.mark.parametrize(
    ("glucose", "sbp", "hypo", "outcome"),
    [("6.9", 130, "1", "1"), ("7.0", 130, "1", "2"), ("16.7", 130, "1", "2"), ("3.9", 130, "2", "2"), ("4.0", 130, "1", "1"),
     ("6.2", 182, "1", "2"), ("6.2", 150, "1", "1"), ("6.2", 130, "3", "3")],
)  # fmt: skip
def test_the_vectors_of_diabetes(glucose, sbp, hypo, outcome):
    said = {
        "fasting_glucose": Decimal(glucose),
        "systolic": Decimal(sbp),
        "diastolic": Decimal(80),
        "hypoglycaemia": hypo,
    }
    assert judged("dm_follow_up", [(D(2025, 2, 1), said)])[0][0] == outcome


def test_identity_numbers_months_and_cents():
    assert values.identity("320723560308102")[0] == "320723195603081023"
    assert values.identity("11010519491231002x")[1:] == (D(1949, 12, 31), "2")
    for wrong in ("320723195603081022", "150202201902290017", "5002371001010000"):
        with pytest.raises(values.Wrong):
            values.identity(wrong)
    assert months.add(D(2025, 11, 30), 3) == D(2026, 2, 28)
    assert money.largest_remainder(10_000_000, [3, 3, 1]) == [4_285_714, 4_285_714, 1_428_572]
    assert money.largest_remainder(100_000, [1, 1, 1]) == [33_334, 33_333, 33_333]


def test_quarters_required_of_who_is_enrolled_during_the_year():
    for month, wanted in ((1, 4), (4, 3), (7, 2), (10, 1)):
        span = people.Span("hypertension", D(2025, month, 10), D(2025, 12, 31))
        assert len(measures._quarters(span)) == wanted
