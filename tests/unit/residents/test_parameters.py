"""Dated parameters and what a county may change."""

import datetime as dt

import pytest

from gongwei.residents import parameters

ON = dt.date(2025, 6, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("merge_undo_days", 90),
        ("transfer_days", 30),
        ("lost_attempts", 3),
        ("lost_days", 90),
        ("permanent_months", 6),
        ("renumber_on_move", "never"),
        ("oldest_plausible_age", 120),
        ("elderly_tag_age", 65),
        ("child_tag_age", 7),
    ],
)
def test_defaults_of_the_reference(name, expected):
    """records.md §1, §2, §5, §6; quality_rules.md QA007."""
    assert parameters.value(name, ON) == expected


def test_every_parameter_names_its_source():
    """No constant without a source."""
    for row in parameters.described():
        assert all(value["source"] for value in row["values"]), row["name"]


def test_a_county_overrides_with_a_source():
    """From its date on, with a document; national ones not at all."""
    try:
        parameters.override(
            "transfer_days", [{"since": dt.date(2025, 1, 1), "value": 15, "source": "示范县〔2025〕1号"}]
        )
        assert parameters.value("transfer_days", dt.date(2024, 12, 31)) == 30
        assert parameters.value("transfer_days", ON) == 15
    finally:
        parameters.override("transfer_days", [])
    with pytest.raises(ValueError, match="出处"):
        parameters.override("transfer_days", [{"since": ON, "value": 15, "source": ""}])
    with pytest.raises(ValueError, match="国家"):
        parameters.override("permanent_months", [{"since": ON, "value": 3, "source": "x"}])
