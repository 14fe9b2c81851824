"""The directory of rules against the reference, and the words findings are told in."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from gongwei import catalogue
from gongwei.language import Options, fields, types
from gongwei.quality import identity_checks, parameters, probes, resident_checks, rules, wording

#: quality_rules.md A–C, some of each kind copied by hand: number, name, dimension, severity.
REFERENCE = [
    ("QA001", "身份证校验位错误", "N", "blocker"),
    ("QA006", "疑似重复档案", "T", "suspect"),
    ("QA010", "必填项缺失", "C", "major"),
    ("QA030", "死亡后仍有服务", "T", "blocker"),
    ("QA033", "户档关系错", "X", "minor"),
    ("QB003", "收缩压≤舒张压", "N", "blocker"),
    ("QB015", "身高年际异常", "X", "suspect"),
    ("QC005", "控制分类错", "X", "major"),
    ("QC012", "血压/血糖值雷同", "T", "suspect"),
    ("QC022", "补录集中", "U", "suspect"),
]


@pytest.mark.parametrize(("code", "title", "dimension", "severity"), REFERENCE)
def test_the_directory_is_the_reference(code, title, dimension, severity):
    rule = rules.of(code)
    assert (rule.title, rule.dimension.value, rule.severity.value) == (title, dimension, severity)


def test_the_directory_is_whole():
    """A33 + B22 + C33."""
    codes = list(rules.numbered())
    assert [sum(code.startswith(letter) for code in codes) for letter in ("QA", "QB", "QC")] == [33, 22, 33]


def test_every_rule_is_checked_or_says_why_not():
    """Every number of A–C is run over records, files or practitioners, or stands among those to come with its reason."""
    run = {probe.rule.code for form in probes.asked_forms() for probe in probes.of(form)}
    run |= {check.rule.code for check in resident_checks.checks()}
    run |= {check.code for check in catalogue.pattern_checks()}
    run |= set(identity_checks.CODES)
    later = rules.later()
    assert set(rules.numbered()) - run - set(later) == set()
    assert run & set(later) == set()
    assert all(len(reason) > 5 for reason in later.values())


def test_a_check_without_a_number_is_never_a_suspicion():
    """Suspicions raise a practitioner's risk; they need the reference behind them."""
    for then in types.Severity:
        assert rules.of_check("", "某条规则", then).severity is not rules.Severity.SUSPECT
    assert rules.of_check("QC012", "", types.ASK).severity is rules.Severity.SUSPECT
    assert rules.of_check("", "某条规则", types.BLOCK).severity is rules.Severity.MAJOR


def test_every_form_has_probes_and_no_two_are_the_same():
    for form in probes.asked_forms():
        found = [
            (probe.rule.code or probe.rule.title, probe.key)
            for probe in probes.of(form)
            if not probe.together
        ]
        assert len(set(found)) == len(found) > 0, form.code
    assert {"htn_follow_up", "dm_follow_up", "check_up", "basic_information"} <= {
        form.code for form in probes.asked_forms()
    }


def test_every_check_of_a_programme_is_run():
    """A mutation that leaves one out must be seen: by title, for each form."""
    for form in probes.asked_forms():
        keys = {probe.key for probe in probes.of(form)}
        assert {check.title[:120] for check in catalogue.checks_on(form)} <= keys, form.code


def test_the_digest_changes_with_the_severity():
    form = next(form for form in probes.asked_forms() if form.code == "htn_follow_up")
    probe = next(probe for probe in probes.of(form) if probe.rule.code == "QC010")
    graver = rules.Rule("QC010", probe.rule.title, probe.rule.dimension, rules.Severity.BLOCKER)
    assert probes._digest(graver, "x") != probes._digest(probe.rule, "x")
    assert probes.digest_of(form) == probes.digest_of(form)


TWO = Options("两项", {"1": "甲", "2": "乙"})


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (fields.Quantity("收缩压", unit="mmHg"), 120, "收缩压 120mmHg"),
        (fields.Quantity("体重", unit="kg", decimals=1), Decimal("66.0"), "体重 66kg"),
        (fields.Quantity("体重", unit="kg", decimals=2), Decimal("66.50"), "体重 66.5kg"),
        (fields.Quantity("体重", unit="kg"), 100, "体重 100kg"),
        (fields.Choice("项", TWO), "2", "项 乙"),
        (fields.Choice("项", TWO), "9", "项 9"),
        (fields.Choices("项", TWO), frozenset({"2", "1"}), "项 甲、乙"),
        (fields.Date("日期"), dt.date(2025, 3, 1), "日期 2025-03-01"),
        (fields.YesNo("是否"), False, "是否 否"),
        (fields.Text("备注"), "张三的电话", "备注 已填"),
        (fields.Text("备注"), None, "备注 未填"),
    ],
)
def test_answers_in_words(field, value, said):
    assert wording.said(field, value) == said


def test_free_text_is_never_kept():
    assert not wording.may_be_kept(fields.Text("备注"))
    assert wording.may_be_kept(fields.Quantity("体重"))


def somebody(**changes):
    return SimpleNamespace(**{"id_type": "01", "birth_date": dt.date(1949, 12, 31), "sex": "2", **changes})


#: Identity numbers of GB 11643: the example of the standard, and quality_rules.md K (30 February, right check digit).
CARDS = [
    ("11010519491231002X", {}, []),
    ("110105194912310021", {}, ["QA001"]),
    ("150202201902290017", {"birth_date": dt.date(2019, 2, 28), "sex": "1"}, ["QA002"]),
    ("11010519491231002X", {"birth_date": dt.date(1949, 12, 30)}, ["QA003"]),
    ("11010519491231002X", {"sex": "1"}, ["QA004"]),
    ("11010519491231002X", {"id_type": "03", "sex": "1"}, []),
    (None, {}, []),
]


@pytest.mark.parametrize(("number", "changes", "codes"), CARDS)
def test_identity_numbers(number, changes, codes):
    found = list(identity_checks.complaints(somebody(**changes), number, None, None))
    assert [code for code, _, _ in found] == codes
    assert all(str(number) not in said for _, _, said in found)


@pytest.mark.parametrize(
    ("phone", "contact", "codes"),
    [
        ("13800138000", None, []),
        ("13800138000", "13800138001", []),
        ("13800138000", "13800138000", ["QA015"]),
        ("12345678901", None, ["QA012"]),
        ("051887654321", None, []),
        ("123", None, ["QA012"]),
    ],
)
def test_telephones(phone, contact, codes):
    found = list(identity_checks.complaints(somebody(), None, phone, contact))
    assert [code for code, _, _ in found] == codes
    assert all(phone not in said for _, _, said in found)


def test_parameters_are_dated_and_sourced():
    day = dt.date(2025, 1, 1)
    assert (parameters.value("phone_residents", day), parameters.value("phone_families", day)) == (5, 3)
    assert (parameters.value("filed_per_day", day), parameters.value("filed_per_ten_minutes", day)) == (
        60,
        10,
    )
    assert parameters.value("late_entry_share", day) == Decimal("0.20")
    with pytest.raises(KeyError):
        parameters.value("nothing", day)
