"""Signs and automatic episodes (hypertension.md §1, diabetes.md §1, elderly.md §1): who is found, from which day, and who no longer."""

from datetime import date
from decimal import Decimal

import pytest

from gongwei import catalogue
from gongwei.engines import finding, row
from gongwei.language import BIRTH_DATE, PERIOD, Date, DefinitionError, Form, Quantity, days
from gongwei.language.episodes import Episode, Sign
from gongwei.language.forms import shared

BORN = {"birth_date": date(1970, 5, 5), "sex": "1"}
FORM = {code: catalogue.form(code) for code in (
    "htn_first_pressure", "htn_high_risk_contact", "check_up", "dm_follow_up", "basic_information", "htn_managed_file",
    "dm_high_risk_check",
)}  # fmt: skip


def record(code, day, identity="a", **answers):
    """A record on a day written 03-01 of 2025, or in full."""
    done_on = date.fromisoformat(day if len(day) == 10 else f"2025-{day}")
    return row.Record(FORM[code], done_on, {"done_on": done_on, **answers}, identity, done_on)


def pressure(day, systolic, diastolic=80, identity="a"):
    return record("htn_first_pressure", day, identity, systolic=systolic, diastolic=diastolic)


def parameter(code, day):
    """The national value; weak risks alone are listed, so that each can be seen."""
    return code.endswith("weak_alone") or catalogue.parameters()(code, day)


def subject(*records, episodes=(), **attributes):
    return row.Subject({**BORN, **attributes}, records, episodes, parameter)


def found(kind, *records, on="2025-12-31", since=None, episodes=()):
    """(title, day, ids) of the signs found."""
    every = finding.signs(
        catalogue.episode(kind),
        subject(*records, episodes=episodes),
        date.fromisoformat(on),
        since=since,
        all_signs=catalogue.signs_of(kind),
    )
    return [(each.sign.title, each.on_date.isoformat(), each.record_ids) for each in every]


THREE = "非同日多次血压升高"


def test_three_different_days_within_four_weeks():
    readings = [
        pressure("03-01", 140, identity="1"),
        pressure("03-10", 138, 90, "2"),
        pressure("03-29", 150, identity="3"),
    ]
    assert found("hypertension", *readings) == [(THREE, "2025-03-29", ("1", "2", "3"))]
    assert found("hypertension", *readings, on="2025-03-28") == []


def test_the_fourth_week_is_the_limit():
    assert found("hypertension", pressure("03-01", 140, identity="1"), pressure("03-10", 140, identity="2"),
                 pressure("03-30", 140, identity="3")) == []  # fmt: skip


def test_a_window_may_begin_later():
    readings = [pressure(day, 145, identity=day) for day in ("01-01", "03-01", "03-10", "03-20")]
    assert found("hypertension", *readings) == [(THREE, "2025-03-20", ("03-01", "03-10", "03-20"))]


def test_two_readings_of_one_day_are_one_day():
    readings = [
        pressure("03-01", 140, identity="1"),
        pressure("03-01", 142, identity="2"),
        pressure("03-10", 140, identity="3"),
    ]
    assert found("hypertension", *readings) == []


def test_days_of_several_forms_count_together_also_those_another_programme_gives():
    readings = (
        pressure("03-01", 140, identity="1"),
        record("dm_follow_up", "03-08", "2", systolic=138, diastolic=92),
        record(
            "check_up",
            "03-20",
            "3",
            systolic_left=138,
            diastolic_left=80,
            systolic_right=152,
            diastolic_right=84,
        ),
    )
    assert found("hypertension", *readings) == [
        (THREE, "2025-03-20", ("1", "2", "3")),
        ("体检血压升高，待复测", "2025-03-20", ("3",)),
    ]
    alone = finding.signs(catalogue.episode("hypertension"), subject(*readings), date(2025, 12, 31))
    assert [each.sign.title for each in alone] == ["体检血压升高，待复测"]


@pytest.mark.parametrize(
    ("kind", "code", "answers", "title"),
    [
        ("hypertension", "basic_information", {"past_diseases": frozenset({"2"})}, "个人基本信息表既往史有高血压"),
        ("hypertension", "htn_managed_file", {"kind": "1"}, "已建高血压专案但未纳入管理"),
        ("hypertension", "htn_first_pressure", {"known_hypertension": "2"}, "门诊已确诊高血压"),
        ("diabetes", "basic_information", {"past_diseases": frozenset({"2", "3"})}, "个人基本信息表既往史有糖尿病"),
        ("diabetes", "check_up", {"fasting_glucose": Decimal("7.0")}, "体检空腹血糖≥7.0mmol/L，待复查"),
        ("diabetes", "check_up", {"fasting_glucose_mg": 126}, "体检空腹血糖≥7.0mmol/L，待复查"),
        ("diabetes", "check_up", {"hba1c": Decimal("6.5")}, "体检糖化血红蛋白≥6.5%，待复查"),
        ("diabetes", "dm_high_risk_check", {"random_glucose": Decimal("11.1"), "typical_symptoms": "2"}, "随机血糖≥11.1mmol/L并有典型症状"),
        ("htn_high_risk", "check_up", {"systolic_left": 130, "diastolic_left": 80}, "血压高值"),
        ("htn_high_risk", "check_up", {"bmi": Decimal("24.0")}, "超重、肥胖或腹型肥胖"),
        ("htn_high_risk", "check_up", {"waist": Decimal(90)}, "超重、肥胖或腹型肥胖"),
        ("htn_high_risk", "basic_information", {"family_mother": frozenset({"2"})}, "高血压家族史"),
        ("htn_high_risk", "check_up", {"diet_habits": frozenset({"4"})}, "长期膳食高盐"),
        ("htn_high_risk", "check_up", {"drinking_frequency": "4", "alcohol_liang_per_day": Decimal("2.0")}, "长期过量饮酒"),
        ("dm_high_risk", "check_up", {"fasting_glucose": Decimal("6.1")}, "空腹血糖受损"),
        ("dm_high_risk", "basic_information", {"family_father": frozenset({"3"})}, "一级亲属有糖尿病"),
    ],
)  # fmt: skip
def test_one_record_may_be_a_sign(kind, code, answers, title):
    assert title in [each[0] for each in found(kind, record(code, "03-01", **answers))]


@pytest.mark.parametrize(
    ("kind", "code", "answers"),
    [
        ("hypertension", "check_up", {"systolic_left": 139, "diastolic_left": 89}),
        ("hypertension", "basic_information", {"past_diseases": frozenset({"1"})}),
        ("diabetes", "check_up", {"fasting_glucose": Decimal("6.9"), "hba1c": Decimal("6.4")}),
        ("diabetes", "dm_high_risk_check", {"random_glucose": Decimal("11.1"), "typical_symptoms": "1"}),
        ("htn_high_risk", "check_up", {"systolic_left": 129, "diastolic_left": 84, "bmi": Decimal("23.9"), "waist": Decimal("89.9")}),
        ("htn_high_risk", "check_up", {"drinking_frequency": "2", "alcohol_liang_per_day": Decimal("2.0")}),
    ],
)  # fmt: skip
def test_what_is_no_sign(kind, code, answers):
    assert found(kind, record(code, "03-01", **answers)) == []


def test_weak_risks_alone_are_listed_only_where_a_county_says_so():
    answers = {"bmi": Decimal("24.0"), "diet_habits": frozenset({"4"})}
    old = {"birth_date": date(1960, 1, 1), "sex": "1"}
    for alone in (True, False):

        def parameters(code, day, alone=alone):
            return alone if code == "htn.high_risk_weak_alone" else catalogue.parameters()(code, day)

        resident = row.Subject(old, (record("check_up", "03-01", **answers),), (), parameters)
        signs = finding.signs(catalogue.episode("htn_high_risk"), resident, date(2025, 12, 31))
        wanted = ["超重、肥胖或腹型肥胖", "长期膳食高盐", "年龄≥55岁"] if alone else []
        assert [each.sign.title for each in signs] == wanted


def test_somebody_under_management_is_not_suspected_and_afterwards_only_by_later_records():
    exam = record("check_up", "03-01", systolic_left=150, diastolic_left=80)
    later = record("check_up", "09-01", "b", systolic_left=150, diastolic_left=80)
    running = [row.EpisodeSpan("hypertension", date(2024, 1, 1))]
    ended = [row.EpisodeSpan("hypertension", date(2024, 1, 1), date(2025, 6, 30))]
    other = [row.EpisodeSpan("diabetes", date(2024, 1, 1))]
    assert found("hypertension", exam, later, episodes=running) == []
    assert found("hypertension", exam, later, episodes=ended) == [
        ("体检血压升高，待复测", "2025-09-01", ("b",))
    ]
    assert found("hypertension", exam, episodes=other) == [("体检血压升高，待复测", "2025-03-01", ("a",))]
    # Whoever is managed for hypertension is not at risk of it.
    high_normal = record("check_up", "03-01", systolic_left=132, diastolic_left=80)
    assert found("htn_high_risk", high_normal, episodes=running) == []


def test_a_dismissed_suspicion_comes_back_with_later_records_only():
    first = record("check_up", "03-01", "a", systolic_left=150, diastolic_left=80)
    second = record("check_up", "09-01", "b", systolic_left=150, diastolic_left=80)
    assert found("hypertension", first, second, since=date(2025, 3, 1)) == [
        ("体检血压升高，待复测", "2025-09-01", ("b",))
    ]
    assert found("hypertension", first, second, since=date(2025, 9, 1)) == []


@pytest.mark.parametrize(
    ("attributes", "span"),
    [
        ({"birth_date": date(1960, 12, 31)}, ("2025-01-01", "2025-12-31")),
        ({"birth_date": date(1961, 1, 1)}, None),
        ({"birth_date": date(1955, 5, 5), "lives_here_since": date(2025, 9, 15)}, None),
        ({"birth_date": date(1955, 5, 5), "lives_here_since": date(2025, 7, 1)}, ("2025-01-01", "2025-12-31")),
        ({"birth_date": date(1955, 5, 5), "died_on": date(2025, 10, 1)}, ("2025-01-01", "2025-10-01")),
        ({"birth_date": date(1955, 5, 5), "left_on": date(2025, 3, 1), "died_on": date(2025, 10, 1)}, ("2025-01-01", "2025-03-01")),
        ({"birth_date": date(1955, 5, 5), "died_on": date(2024, 10, 1)}, None),
    ],
)  # fmt: skip
def test_older_people_are_in_by_rule(attributes, span):
    resident = row.Subject({"sex": "1", **attributes}, parameters=catalogue.parameters())
    got = finding.automatic_span(catalogue.episode("older_people"), resident, 2025)
    assert (got and tuple(day.isoformat() for day in got)) == span


def test_a_raised_reading_waits_for_the_next_ones():
    raised = catalogue.episode("htn_raised")
    year = date(2025, 12, 31)

    def span(*records, episodes=()):
        return finding.automatic_span(raised, subject(*records, episodes=episodes), 2025)

    assert span(pressure("03-01", 142)) == (date(2025, 3, 1), year)
    assert span(pressure("03-01", 142), pressure("03-08", 136, identity="b")) is None
    assert span(
        pressure("03-01", 136), record("check_up", "03-08", "b", systolic_left=150, diastolic_left=80)
    ) == (date(2025, 3, 8), year)
    assert span(pressure("2024-12-20", 142)) == (date(2025, 1, 1), year)
    assert span(pressure("2024-11-20", 142)) is None
    assert span(pressure("03-01", 142), episodes=[row.EpisodeSpan("hypertension", date(2025, 3, 5))]) is None
    assert span() is None


def test_a_raised_glucose_waits_for_the_second_one():
    def span(*records):
        return finding.automatic_span(catalogue.episode("dm_raised"), subject(*records), 2025)

    high = record("check_up", "03-01", fasting_glucose=Decimal("7.0"))
    assert span(high) == (date(2025, 3, 1), date(2025, 12, 31))
    assert span(high, record("dm_high_risk_check", "03-15", "b", fasting_glucose=Decimal("6.0"))) is None
    assert span(record("check_up", "03-01", fasting_glucose=Decimal("6.9"))) is None


def test_what_a_subject_must_hold_to_be_asked():
    def codes(kind):
        return {form.code for form in finding.forms_read(catalogue.episode(kind), catalogue.signs_of(kind))}

    assert codes("older_people") == set()
    assert codes("hypertension") == {
        "basic_information", "check_up", "dm_follow_up", "htn_first_pressure", "htn_high_risk_contact", "htn_managed_file",
    }  # fmt: skip
    assert {"check_up", "htn_first_pressure"} <= codes("htn_raised")


def test_a_stored_episode_has_no_automatic_span():
    assert finding.automatic_span(catalogue.episode("hypertension"), subject(), 2025) is None


class Small(Form):
    """A form of the tests."""

    code, title, source = "unit_finding", "表", "tests"
    done_on = Date("日期")
    n = Quantity("数")


class Other(Form):
    """Another one."""

    code, title, source = "unit_finding_other", "表二", "tests"
    done_on = Date("日期")
    n = Quantity("数")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Sign("x", Small, Small.n + 1), "is not a condition"),
        (lambda: Sign("x", Small, Other.n > 1), "names"),
        (lambda: Sign("x", Small, Small.n > 1, state="active"), "write one of"),
        (lambda: Sign("x", Small, Small.n > 1, days=0), "write 1 or more"),
        (lambda: Sign("x", Small, PERIOD.last > BIRTH_DATE), "mixes"),
        (lambda: Episode("e", "管理", "s", automatic=True), "needs eligible"),
        (lambda: Episode("e", "管理", "s", first_on=PERIOD.first), "is for automatic"),
        (lambda: Episode("e", "管理", "s", eligible=PERIOD.last), "is not a condition"),
        (lambda: Episode("e", "管理", "s", automatic=True, eligible=BIRTH_DATE < PERIOD.last, first_on=Small.done_on), "takes a day"),
        (lambda: Episode("e", "管理", "s", signs=(Sign("x", Small, Small.n > 1, episode="other"),)), "is for 'other'"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(build, words):
    with pytest.raises(DefinitionError, match=words):
        build()


def test_a_sign_of_several_days_by_number():
    sign = Sign("三次", Small, Small.n > 1, days=2, within=days(7))
    episode = Episode("e", "管理", "s", signs=(sign,))
    records = [row.Record(Small, date(2025, 1, day), {"n": 2}, str(day)) for day in (1, 9, 16)]
    got = finding.signs(episode, row.Subject({}, records), date(2025, 12, 31))
    assert [(each.on_date.day, each.record_ids) for each in got] == [(16, ("9", "16"))]


def test_one_encounter_asks_once():
    forms = [catalogue.form(code) for code in ("htn_follow_up", "dm_follow_up", "check_up")]
    asked = {code.code: {(form.code, name) for form, name in where} for code, where in shared(forms).items()}
    both = ("htn_follow_up", "dm_follow_up")
    for name in (
        "cigarettes",
        "alcohol_liang",
        "exercise_per_week",
        "exercise_minutes",
        "medication_adherence",
        "compliance",
    ):
        assert asked[name] == {(form, name) for form in both}
    assert asked["8480-6"] == {(form, "systolic") for form in both}  # two arms in the exam: not shared
    assert asked["29463-7"] == {(form.code, "weight") for form in forms}
    assert asked["4548-4"] == {("dm_follow_up", "hba1c"), ("check_up", "hba1c")}
    # What belongs to one disease is asked for each.
    names = {name for where in asked.values() for _, name in where}
    assert not names & {
        "outcome",
        "medications",
        "adverse_reaction",
        "complication",
        "next_due_on",
        "referral_to",
    }
    assert shared(forms[:1]) == {}


def test_shared_questions_have_one_unit_and_one_value_list():
    from gongwei.language import GW

    def form(code, unit):
        fields = {"done_on": Date("日期"), "n": Quantity("数", unit=unit, code=GW("n"))}
        return type("X", (Form,), {"code": code, "title": "表", "source": "s", **fields})

    assert len(shared([form("u1", "支"), form("u2", "支")])) == 1
    assert shared([form("u3", "支"), form("u4", "包")]) == {}
