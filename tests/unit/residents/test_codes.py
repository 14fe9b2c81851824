"""Code tables: the vectors of code_tables.md §13 and the tables' own consistency."""

import datetime as dt

import pytest

from gongwei.residents import codes

VECTORS = [
    ("education_form_v2", "1", "education", "90"),
    ("education_form_v2", "1", "education_form_v3", "9"),
    ("education_form_v3", "1", "education", "10"),
    ("blood_rh_form_v2", "2", "blood_rh_form_v3", "1"),
    ("livestock_pen_form_v2", "1", "livestock_pen_form_v3", "2"),
    ("marital_status", "21", "marital_form_v3", "2"),
    ("drug_allergy_form_v3", "3", "allergen", "033"),
    ("payment_form_v3", "3", "payment", "3"),
    ("occupation_form_v3", "4", "occupation_2009", "5"),
    ("marital_status", "60", "marital_status", "90"),
    ("education_1984", "50", "education_form_v3", "5"),
    ("education", "12", "education_form_v3", "1"),
    ("education", "44", "education_form_v3", "4"),
    ("ethnicity", "05", "ethnicity_form_v3", "99"),
    ("ethnicity", "01", "ethnicity_form_v3", "01"),
]


@pytest.mark.parametrize(("table", "code", "to", "expected"), VECTORS)
def test_crosswalks(table, code, to, expected):
    """code_tables.md §13 and the rows it is drawn from."""
    assert codes.crosswalk(table, code, to) == expected


@pytest.mark.parametrize(
    ("table", "code", "zh"),
    [
        ("blood_rh_form_v3", "2", "阳性"),
        ("livestock_pen_form_v3", "1", "无"),
        ("education_form_v3", "1", "研究生"),
        ("sex", "9", "未说明的性别"),
        ("ethnicity", "56", "基诺族"),
        ("relation_to_head", "02", "户主"),
        ("cancel_reason", "4", "拒绝"),
        ("key_population", "KP08", "慢阻肺患者"),
    ],
)
def test_names(table, code, zh):
    """The Chinese name of a code."""
    assert codes.name(table, code) == zh


def test_merged_insurance_and_unknown_education():
    """新农合 is shown as 城乡居民医保 today; 不详 goes out as 90 and says it is unknown."""
    assert codes.entry("payment_form_v3", "3").today == "城乡居民医保"
    assert codes.entry("education_form_v3", "10").unknown
    assert codes.crosswalk("education_form_v3", "10", "education") == "90"


def test_outward():
    """Local documents go out as 99; codes only accepted on import are never sent."""
    assert codes.outward("id_document", "08") == "99"
    assert codes.outward("id_document", "01") == "01"
    assert codes.outward("ethnicity", "66") == "98"
    assert "66" not in dict(codes.table("ethnicity").choices())


def test_counts():
    """Fifty-six peoples, twenty-two tags."""
    assert len([code for code in codes.table("ethnicity").codes if code <= "56"]) == 56
    assert len(codes.table("key_population").codes) == 22


def test_every_map_leads_somewhere():
    """No crosswalk names a code its target does not have (occupation groups are ranges of another standard)."""
    for table in codes.tables().values():
        for code in table.codes.values():
            for target, counterpart in code.maps.items():
                if target in codes.tables():
                    assert counterpart in codes.table(target).codes, (table.table_id, code.code)


def test_dates():
    """The second edition's tables end where the third edition's begin."""
    assert codes.table("education_form_v2").valid_on(dt.date(2017, 2, 27))
    assert not codes.table("education_form_v2").valid_on(dt.date(2017, 2, 28))
    assert codes.table("education_form_v3").valid_on(dt.date(2017, 2, 28))


def test_unknown():
    """Missing tables, codes and counterparts are said in words."""
    for ask in (
        lambda: codes.table("nothing"),
        lambda: codes.entry("sex", "7"),
        lambda: codes.crosswalk("sex", "1", "education"),
    ):
        with pytest.raises(codes.UnknownCode) as unknown:
            ask()
        assert "没有" in str(unknown.value)
