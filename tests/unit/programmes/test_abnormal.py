"""Abnormal results of 健康体检表: names and limits of physical_exam.md §3 and §2.7, the same on the phone."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.generative import engines

from gongwei import catalogue
from gongwei.engines import judging, phone, phone_definitions, row
from gongwei.language import DefinitionError, filtration
from gongwei.language.abnormal import Abnormal
from gongwei.language.fields import Choice, Quantity
from gongwei.language.forms import Form
from gongwei.programmes.health_record.forms import CheckUp

DAY = dt.date(2025, 3, 1)
ITEMS = catalogue.abnormal(CheckUp)
#: physical_exam.md §3 and §2.7: what is measured or read, and what it means. M man, F woman of 50, else a man of 50.
RESULTS = [
    ("", {"systolic_left": 138, "diastolic_left": 84}, ["血压正常高值"]),
    ("", {"systolic_left": 138, "diastolic_left": 86, "systolic_right": 152, "diastolic_right": 84}, ["血压正常高值", "血压偏高"]),
    ("", {"systolic_right": 139, "diastolic_right": 90}, ["血压偏高"]),
    ("", {"systolic_right": 180, "diastolic_right": 90}, ["血压危急"]),
    ("", {"systolic_right": 150, "diastolic_right": 110}, ["血压危急"]),
    ("", {"systolic_right": 129, "diastolic_right": 84}, []),
    ("", {"bmi": Decimal("24.0")}, ["超重"]),
    ("", {"bmi": Decimal("27.9")}, ["超重"]),
    ("", {"bmi": Decimal("28.0")}, ["肥胖"]),
    ("", {"bmi": Decimal("18.4")}, ["消瘦"]),
    ("", {"bmi": Decimal("18.5")}, []),
    ("M", {"waist": Decimal(90)}, ["腹型肥胖"]),
    ("M", {"waist": Decimal("89.9")}, []),
    ("F", {"waist": Decimal("84.9")}, []),
    ("F", {"waist": Decimal(85)}, ["腹型肥胖"]),
    ("", {"fasting_glucose": Decimal("6.1")}, ["空腹血糖受损"]),
    ("", {"fasting_glucose": Decimal("6.0")}, []),
    ("", {"fasting_glucose": Decimal("7.0")}, ["血糖升高"]),
    ("", {"fasting_glucose_mg": 126}, ["血糖升高"]),
    ("", {"fasting_glucose": Decimal("16.7")}, ["危急高血糖"]),
    ("", {"fasting_glucose": Decimal("3.9")}, ["危急低血糖"]),
    ("", {"hba1c": Decimal("6.5")}, ["糖化血红蛋白升高"]),
    ("", {"hba1c": Decimal("6.4")}, []),
    ("", {"total_cholesterol": Decimal("6.2")}, ["总胆固醇升高（血脂异常）"]),
    ("", {"total_cholesterol": Decimal("6.19")}, ["总胆固醇边缘升高"]),
    ("", {"triglycerides": Decimal("2.3")}, ["甘油三酯升高（血脂异常）"]),
    ("", {"ldl_c": Decimal("4.1")}, ["低密度脂蛋白胆固醇升高（血脂异常）"]),
    ("", {"hdl_c": Decimal("0.99")}, ["高密度脂蛋白胆固醇降低（血脂异常）"]),
    ("", {"hdl_c": Decimal("1.0")}, []),
    ("M", {"haemoglobin": 119}, ["贫血"]),
    ("M", {"haemoglobin": 120}, []),
    ("F", {"haemoglobin": 109}, ["贫血"]),
    ("F", {"haemoglobin": 110}, []),
    ("F", {"haemoglobin": 89}, ["中重度贫血"]),
    ("M", {"wbc": Decimal("9.6")}, ["白细胞升高"]),
    ("M", {"wbc": Decimal("3.4")}, ["白细胞减少"]),
    ("M", {"platelets": 124}, ["血小板减少"]),
    ("M", {"alt": Decimal(50)}, []),
    ("F", {"alt": Decimal("40.1")}, ["谷丙转氨酶升高（肝功能异常）"]),
    ("F", {"ast": Decimal("35.1")}, ["谷草转氨酶升高（肝功能异常）"]),
    ("F", {"total_bilirubin": Decimal("21.1")}, ["总胆红素升高"]),
    ("M", {"total_bilirubin": Decimal("26.0")}, []),
    ("M", {"urea": Decimal("9.6")}, ["血尿素升高"]),
    # CKD-EPI 2009: at 50, 60 mL/min is reached at 120.6 μmol/L (man) and 95.2 μmol/L (woman).
    ("M", {"creatinine": Decimal("112.0")}, ["血清肌酐升高（肾功能异常）"]),
    ("M", {"creatinine": Decimal("120.7")}, ["估算肾小球滤过率低于60（肾功能异常）"]),
    ("F", {"creatinine": Decimal("81.1")}, ["血清肌酐升高（肾功能异常）"]),
    ("F", {"creatinine": Decimal("95.3")}, ["估算肾小球滤过率低于60（肾功能异常）"]),
    ("F", {"creatinine": Decimal("81.0")}, []),
    ("", {"heart_rate": 59}, ["心率异常"]),
    ("", {"heart_rate": 100}, []),
    ("", {"heart_rhythm": "3"}, ["心律绝对不齐"]),
    ("", {"urine_protein": "+"}, ["尿蛋白阳性"]),
    ("", {"urine_protein": "+-"}, []),
    ("", {"urine_protein": "+++"}, ["尿蛋白明显阳性"]),
    ("", {"urine_glucose": "++"}, ["尿糖明显阳性"]),
    ("", {"ecg": "2"}, ["心电图异常"]),
    ("", {"chest_xray": "2"}, ["胸部X线片异常"]),
    ("", {"ultrasound_abdomen": "2"}, ["腹部B超异常"]),
    ("", {"ecg": "1", "chest_xray": "1", "ultrasound_abdomen": "1", "hearing": "1"}, []),
    ("", {"hearing": "2"}, ["听力下降"]),
    ("", {"vision_left": Decimal("4.4"), "vision_scale": "five_point"}, ["左眼视力低下"]),
    ("", {"vision_left": Decimal("4.4"), "vision_corrected_left": Decimal("4.9"), "vision_scale": "five_point"}, []),
    ("", {"vision_right": Decimal("0.2"), "vision_scale": "decimal"}, ["右眼视力低下"]),
    ("", {"elderly_self_care": "3"}, ["生活自理能力中度依赖或不能自理"]),
    ("", {"elderly_self_care": "2"}, ["生活自理能力轻度依赖"]),
    ("", {"elderly_self_care": "1"}, []),
    ("", {"elderly_cognition": "2", "mmse_score": 17}, ["认知功能粗筛阳性", "简易智力状态检查得分低"]),
    ("", {"elderly_emotion": "2", "gds_score": 21}, ["情感状态粗筛阳性", "抑郁评分中重度"]),
    ("", {"elderly_emotion": "2", "gds_score": 10}, ["情感状态粗筛阳性"]),
]  # fmt: skip


def case(sex, answers):
    """The record and its resident."""
    attributes = {"birth_date": DAY.replace(year=1975), "sex": "2" if sex == "F" else "1"}
    record = row.Record(CheckUp, DAY, {"done_on": DAY, **answers}, "a", DAY)
    return record, row.Subject(attributes, (record,), parameters=catalogue.parameters())


@pytest.mark.parametrize(("sex", "answers", "names"), RESULTS)
def test_what_a_result_is_called(sex, answers, names):
    record, subject = case(sex, answers)
    assert [each.name for each in judging.abnormal(record, subject, ITEMS)] == names


def test_the_phone_says_the_same():
    parameters = catalogue.parameters()
    steps = {code: parameters.steps(code) for code in parameters.definitions}
    form = phone_definitions.form_json(CheckUp)
    items = [phone_definitions.abnormal_json(each) for each in ITEMS]
    args = []
    for sex, answers, _ in RESULTS:
        record, subject = case(sex, answers)
        args.append([form, items, phone.record_json(record), phone.subject_json(subject, steps)])
    found = engines.ask_node({"call": "abnormal", "args": args})
    assert [[each["name"] for each in one] for one in found] == [names for _, _, names in RESULTS]


#: The check-up's results by 辅助检查, and what else a report explains.
EXPLAINED = [
    "systolic_left",
    "systolic_right",
    "bmi",
    "waist",
    "haemoglobin",
    "wbc",
    "platelets",
    "urine_protein",
    "urine_glucose",
    "fasting_glucose",
    "hba1c",
    "alt",
    "ast",
    "total_bilirubin",
    "creatinine",
    "urea",
    "total_cholesterol",
    "triglycerides",
    "ldl_c",
    "hdl_c",
    "ecg",
    "ultrasound_abdomen",
    "chest_xray",
    "vision_left",
    "vision_right",
    "hearing",
    "elderly_self_care",
    "elderly_cognition",
    "elderly_emotion",
]


def test_every_measured_item_of_the_report_is_explained():
    assert set(EXPLAINED) <= {each.field.name for each in ITEMS}
    measured = [
        name
        for name, field in CheckUp.fields.items()
        if isinstance(field, Quantity) and field.code is not None and name not in ("height", "weight")
    ]
    # The lower reading stands beside the upper one; weight and height speak through the body mass index.
    left_out = {"respiratory_rate", "diastolic_left", "diastolic_right"}
    assert set(measured) - left_out <= {each.field.name for each in ITEMS}


def test_words_are_whole_sentences():
    for each in ITEMS:
        assert each.explain.endswith("。")
        assert each.advise.endswith("。")
        assert not (each.urgent and not each.refer)


class Small(Form):
    """A form of the tests."""

    code, title, source = "unit_abnormal", "表", "tests"
    from gongwei.language import Date as _Date

    done_on = _Date("日期")
    n = Quantity("数")


SAID = {"name": "高", "explain": "高了。", "advise": "复查。"}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Abnormal(Quantity("数"), Small.n > 1, **SAID), "takes a field of a form"),
        (lambda: Abnormal(Small.n, Small.n + 1, **SAID), "is not a condition"),
        (lambda: Abnormal(Small.n, CheckUp.bmi > 1, **SAID), "names"),
        (lambda: Abnormal(Small.n, Small.n > 1, **SAID, urgent=True), "write refer=True"),
        (lambda: Abnormal(Small.n, Small.n > 1, **{**SAID, "advise": ""}), "write advise="),
    ],
)
def test_nonsense_is_refused(build, words):
    with pytest.raises(DefinitionError, match=words):
        build()


def test_keys_are_stable_names():
    assert Abnormal(Small.n, Small.n > 1, **SAID).key == "unit_abnormal.n.高"
    assert Abnormal(Small.n, Small.n > 1, **SAID, code="x.y").key == "x.y"
    assert isinstance(CheckUp.ecg, Choice)


@pytest.mark.parametrize(
    ("creatinine", "age", "male", "equation", "wanted"),
    [
        # By the published equations, worked out apart: 1.0 mg/dL at 50 years, 0.5 mg/dL at 70.
        ("88.4", 50, True, "ckd_epi_2021", "91.7"),
        ("88.4", 50, True, "ckd_epi_2009", "87.4"),
        ("88.4", 50, False, "ckd_epi_2021", "68.6"),
        ("44.2", 70, False, "ckd_epi_2021", "100.8"),
    ],
)
def test_filtration(creatinine, age, male, equation, wanted):
    found = filtration.egfr(Decimal(creatinine), age, male, equation)
    assert abs(found - Decimal(wanted)) <= Decimal("0.3")


def test_filtration_is_for_adults():
    assert filtration.egfr(80, 17, True) is None
    assert filtration.egfr(0, 50, True) is None


@pytest.mark.parametrize("equation", filtration.EQUATIONS)
@pytest.mark.parametrize("male", [True, False])
def test_the_limit_of_creatinine_is_where_filtration_falls_under_it(equation, male):
    for age in range(18, 111):
        limit = filtration.creatinine_at(60, age, male, equation)
        assert filtration.egfr(limit, age, male, equation) >= 60
        assert filtration.egfr(limit + Decimal("0.5"), age, male, equation) < 60
