"""National targets against the reference table (tests/reference/targets_by_year.md, taken from targets.md §3, §6, §7)."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from gongwei import catalogue
from gongwei.catalogue import national_targets
from gongwei.language.errors import DefinitionError

REFERENCE = (Path(__file__).parents[2] / "reference" / "targets_by_year.md").read_text(encoding="utf-8")
YEARS = range(2019, 2026)
TARGETS = national_targets.current()
LINES = [line for line in REFERENCE.splitlines() if line.startswith("| `")]
CELLS = [
    (re.findall(r"`([^`]+)`", cells[0]), year, cell.strip())
    for line in LINES
    for cells in [line.strip("|").split("|")]
    for year, cell in zip(YEARS, cells[1:], strict=True)
    if re.search(r"\d", re.sub(r"`[^`]+`", "", cell))
]


def numbers(cell):
    """The numbers of a cell, notes and names of indicators left out; `85–90` counts by its lower end."""
    plain = re.sub(r"`[^`]+`|14th[^;]*|\(written[^)]*\)", "", cell)
    return {Decimal(each.replace(" ", "")) for each in re.findall(r"(?<![–\d])\d[\d ]*", plain)}


@pytest.mark.parametrize(("codes", "year", "cell"), CELLS, ids=lambda each: str(each))
def test_every_number_of_the_table_is_there_and_no_other(codes, year, cell):
    own = {code.replace("…", "nutrition_pack") for code in codes} | set(re.findall(r"`([^`]+)`", cell))
    own |= {"nutrition_pack_use_rate"} if "nutrition_pack_rate" in own else set()
    found = [each for each in TARGETS.national if each.code in own and each.year == year]
    extra = {"htn_std_rate", "dm_std_rate"} if year >= 2025 else set()
    assert {each.value for each in found if each.code not in extra} == numbers(cell)
    for mark in re.findall(r"\[(.)\]", cell):
        assert mark in {each.mark for each in found}
    assert all((each.op == ">") == ("> 95" in cell) for each in found)
    assert any("–" in cell and each.upto for each in found) == ("–" in cell)


def test_the_machine_rows_of_two_areas_are_there():
    rows = re.findall(r"([a-z_0-9]+)(≥|>|=|↑)(\d*)", REFERENCE[REFERENCE.index("## 6.") :])
    rows = [(code, value) for code, _, value in rows if code in TARGETS.titles]
    found = [(each.code, str(each.value or "")) for each in TARGETS.areas]
    assert sorted(rows) == sorted(found)
    assert len(rows) == 45
    counts = {each.code: each.level for each in TARGETS.areas if each.code.startswith("htn_managed")}
    assert counts == {"htn_managed_count": "county"}


def test_every_code_is_a_measures_or_listed_as_still_to_come():
    codes = {each.code for each in (*TARGETS.national, *TARGETS.areas)}
    known = set(catalogue.current().measures_known_as)
    assert codes - known == set(TARGETS.coming) - {"health_record"}
    assert not known & set(TARGETS.coming)
    assert codes >= {"htn_std_rate", "dm_std_rate", "elderly_std_rate", "erecord_std_coverage"}
    measure, of = catalogue.measure_known_as("htn_std_rate")
    assert (measure.code, of) == ("HTN.2", "rate")
    measure, of = catalogue.measure_known_as("htn_managed_count")
    assert (measure.code, of) == ("HTN.0", "numerator")


@pytest.mark.parametrize(
    ("code", "year", "value", "of"),
    [
        ("htn_std_rate", 2024, 64, 2024),
        ("htn_std_rate", 2023, 61, 2022),  # 76 held for one area only
        ("htn_std_rate", 2026, 65, 2025),
        ("htn_std_rate", 2030, 70, 2030),
        ("erecord_std_coverage", 2026, 64, 2025),
    ],
)
def test_a_target_stands_until_another_is_set(code, year, value, of):
    found = TARGETS.on(code, year)
    assert (found.value, found.year) == (value, of)


def test_nothing_was_asked_before_the_first():
    assert TARGETS.on("htn_std_rate", 2018) is None
    assert TARGETS.on("htn_managed_count", 2026) is None


GOOD = {"code": "c", "year": 2024, "op": ">=", "value": "60", "unit": "%"}


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([GOOD, GOOD], "twice"),
        ([GOOD | {"code": "d"}], "title"),
        ([GOOD | {"value": 60}], "quotation"),
        ([GOOD | {"op": "~"}], "op="),
        ([GOOD | {"op": "up"}], "op="),
        ([GOOD | {"year": 1999}], "source"),
        ([GOOD | {"wrong": 1}], "unknown"),
    ],
)
def test_nonsense_is_refused(targets, said):
    with pytest.raises(DefinitionError, match=said):
        national_targets.read(
            {"sources": {2024: "s"}, "titles": {"c": "t"}, "coming": {}, "targets": targets}
        )
