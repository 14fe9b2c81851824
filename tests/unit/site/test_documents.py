"""The generated chapters: every node has words, the words say what the definition says, and staleness is seen."""

import datetime as dt
from decimal import Decimal

import pytest
from click.testing import CliRunner

from gongwei import catalogue
from gongwei.language import (
    AGE,
    BIRTH_DATE,
    DONE_ON,
    PERIOD,
    SEX,
    Choice,
    Choices,
    Date,
    EntryDay,
    Form,
    Options,
    Parameter,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
    case,
    count_true,
    days,
    days_between,
    fields,
    greatest,
    least,
    months,
    nodes,
    previous,
    rows_count,
)
from gongwei.language.decisions import DecisionTable, Row
from gongwei.language.episodes import Episode
from gongwei.language.intervals import QUARTER
from gongwei.language.measures import Fact
from gongwei.language.parameters import from_mapping
from gongwei.language.programmes import Programme
from gongwei.residents import tags
from gongwei.site import documents
from gongwei.site.commands import docs
from gongwei.site.documents import conditions, dictionary, markdown, phrases, tables


class Drug(RowGroup):
    """A row."""

    name = Text("药名")
    dose = Quantity("剂量")


class Sheet(Form):
    """A form to make conditions about."""

    code, title, source = "sheet", "随访表", "tests"
    done_on = Date("随访日期", required=True)
    sbp = Quantity("收缩压", unit="mmHg", between=(40, 300), expected=(90, 179))
    dbp = Quantity("舒张压", unit="mmHg")
    salt = Choice("摄盐", Options("摄盐", {"1": "轻", "2": "重"}))
    signs = Choices("症状", Options("症状", {"1": "无", "2": "头痛", "3": "恶心"}, exclusive=("1",)))
    agrees = YesNo("知情同意")
    drugs = Rows("用药", Drug)
    told_on = Date("告知日期", only_if=sbp >= 180, since=dt.date(2020, 1, 1))


EPISODE = Episode("htn", "高血压管理", source="tests")
KNOWN = {
    each.code: each
    for each in from_mapping(
        {
            "t.goal": {
                "title": "目标",
                "type": "number",
                "unit": "mmHg",
                "values": [
                    {"since": dt.date(2017, 1, 1), "value": 140, "source": "甲"},
                    {"since": dt.date(2025, 1, 1), "value": 130, "source": "乙"},
                ],
            },
            "t.strict": {
                "title": "从严",
                "type": "truth",
                "values": [{"since": dt.date(2017, 1, 1), "value": False, "source": "甲"}],
            },
            "t.days": {
                "title": "期限",
                "type": "number",
                "unit": "天",
                "values": [{"since": dt.date(2017, 1, 1), "value": 14, "source": "甲"}],
            },
        }
    )
}
NAMES = phrases.Names(KNOWN, {"htn": EPISODE})
f = Sheet


@pytest.mark.parametrize("kind", nodes.ALL_NODES, ids=lambda kind: kind.__name__)
def test_every_node_has_words(kind: type[nodes.Node]) -> None:
    assert phrases.phrase.dispatch(kind) is not phrases.phrase.dispatch(object)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f.sbp >= 180, "收缩压≥180"),
        ((f.sbp < 140) & (f.dbp < 90), "收缩压＜140，且舒张压＜90"),
        (((f.sbp < 140) | (f.dbp < 90)) & f.agrees, "（收缩压＜140，或舒张压＜90），且知情同意为“是”"),
        (~(f.sbp < 140), "收缩压≥140"),
        (~((f.sbp < 140) & (f.dbp < 90)), "以下不成立（收缩压＜140，且舒张压＜90）"),
        (~f.agrees.node, "知情同意为“否”"),
        (~~f.agrees.node, "知情同意为“是”"),
        (f.sbp.is_missing(), "收缩压未填写"),
        (f.sbp.is_known(), "收缩压已填写"),
        (previous(f.sbp).is_missing(), "（上一次记录的收缩压）未知"),
        (f.salt == "2", "摄盐为“重”"),
        (f.salt != "2", "摄盐不是“重”"),
        (f.salt.is_in("1", "2"), "摄盐为“轻”、“重”之一"),
        (f.signs.has("2"), "症状选了“头痛”"),
        (~f.signs.has("2"), "症状未选“头痛”"),
        (f.signs.has_any("2", "3"), "症状选了“头痛”、“恶心”之一"),
        (f.signs.count() == 1, "症状所选项数＝1"),
        (f.sbp < Parameter("t.goal"), "收缩压＜130mmHg〔t.goal〕"),
        (Parameter("t.strict", nodes.IsMissing(f.sbp.node).type), "参数“从严”为“是”（默认“否”）〔t.strict〕"),
        (
            ~Parameter("t.strict", nodes.IsMissing(f.sbp.node).type),
            "参数“从严”为“否”（默认“否”）〔t.strict〕",
        ),
        (AGE >= 65, "周岁年龄≥65"),
        (SEX == "1", "性别为“男”"),
        (f.done_on <= EntryDay(), "随访日期≤录入当日"),
        (DONE_ON >= EPISODE.start, "服务日期≥“高血压管理”的纳入日期"),
        (f.done_on <= DONE_ON + months(3), "随访日期≤服务日期之后3个月"),
        (f.done_on >= DONE_ON - days(Parameter("t.days")), "随访日期≥服务日期之前14天〔t.days〕"),
        (days_between(f.told_on, f.done_on) > 7, "从告知日期到随访日期的整天数＞7"),
        (f.sbp - (f.dbp - 10) > 3, "收缩压－（舒张压－10）＞3"),
        (((f.sbp + f.dbp) * 2).round(1) > 3, "（（收缩压＋舒张压）×2）（四舍五入，保留1位小数）＞3"),
        (f.sbp.last_digit() == 0, "收缩压的个位数＝0"),
        (greatest(f.sbp, f.dbp) > 3, "收缩压、舒张压中的较大者＞3"),
        (least(f.done_on, f.told_on) > BIRTH_DATE, "随访日期、告知日期中的较早者＞出生日期"),
        (f.sbp.if_missing(0) > 3, "收缩压（未知时按0）＞3"),
        (count_true(f.agrees, f.sbp > 3) == 1, "下列成立的项数（知情同意为“是”；收缩压＞3）＝1"),
        (case((f.agrees, 1), otherwise=2), "分情况（知情同意为“是”时，1；其他情况，2）"),
        (rows_count(f.drugs, Drug.dose > 2) == 0, "用药中剂量＞2的行数＝0"),
        (previous(f.sbp > 140, within=30), "上一次记录（30天之内）时，收缩压＞140"),
        (previous(f.sbp, having=f.agrees), "上一次记录（只看知情同意为“是”的）的收缩压"),
        (EPISODE.overlaps(PERIOD), "期内曾在“高血压管理”中"),
        (EPISODE.active_on(PERIOD.last), "期末日在“高血压管理”中"),
        (
            f.count_in(PERIOD) >= EPISODE.units_in(PERIOD, QUARTER),
            "期内《随访表》的份数≥期内在“高血压管理”中的季度数",
        ),
        (
            f.count_in(PERIOD, where=f.agrees, distinct_on=QUARTER) > 0,
            "期内有《随访表》（知情同意为“是”）的季度数＞0",
        ),
        (f.latest_in(PERIOD, f.sbp < 140), "期内最近一次《随访表》中，收缩压＜140"),
        (f.latest_in(PERIOD, f.sbp) < 140, "期内最近一次《随访表》的收缩压＜140"),
        (f.widest_gap_in(PERIOD, EPISODE) < 90, "期内在“高血压管理”中没有《随访表》的最长天数＜90"),
        (
            f.unanswered_in(PERIOD, where=f.sbp > 180, within=Parameter("t.days")) == 0,
            "期内《随访表》（收缩压＞180）之后14天〔t.days〕之内没有《随访表》的次数＝0",
        ),
        (Fact("达标", f.any_in(PERIOD)).node, "“达标”"),
        (Decimal("0.98"), "0.98"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_say_what_the_condition_says(condition: object, expected: str) -> None:
    assert conditions.words(condition, NAMES) == expected


def test_a_long_condition_becomes_a_list() -> None:
    long = (f.sbp >= Parameter("t.goal")) & (
        (f.dbp >= 90) | f.signs.has_any("2", "3") | (f.salt == "2") | f.agrees
    )
    assert conditions.outline(long, NAMES) == [
        "- 以下各项都成立：",
        "  - 收缩压≥130mmHg〔t.goal〕",
        "  - 舒张压≥90，或症状选了“头痛”、“恶心”之一，或摄盐为“重”，或知情同意为“是”",
    ]


def test_the_result_of_a_decision_table_is_called_by_its_name() -> None:
    table = DecisionTable(
        "分类",
        on=Sheet,
        source="tests",
        rows=(
            Row("high", "偏高", f.sbp >= 140, proposes={"salt": "1"}),
            Row("unknown", "不明", None),
        ),
    )
    programme = Programme("p", "服务", source="tests", episodes=(EPISODE,), forms=(Sheet,), tables=(table,))
    names = documents.names_of(catalogue.Catalogue([programme], KNOWN.values()))
    assert conditions.words(table.chosen.is_in("high"), names) == "“分类”得出的情形为“偏高”之一"
    assert conditions.words(f.salt == table.proposal("salt"), names) == "摄盐为“分类”建议的“摄盐”"


def test_a_row_of_the_dictionary() -> None:
    said = dict(zip(dictionary.HEADINGS, dictionary.row(Sheet.fields["sbp"], NAMES), strict=True))
    assert (said["数据项"], said["标识"], said["类型"], said["单位"]) == ("收缩压", "`sbp`", "整数", "mmHg")
    assert said["范围"] == "必须在40～300之间；一般在90～179之间，超出时提示核对"
    told = dict(zip(dictionary.HEADINGS, dictionary.row(Sheet.fields["told_on"], NAMES), strict=True))
    assert told["填写要求"] == "仅当收缩压≥180时填写"
    assert told["启用与停用"] == "2020-01-01起"
    signs = dictionary.describe(Sheet.fields["signs"])
    assert signs.values == "1 无（不与其他项同选）；2 头痛；3 恶心"


def test_every_code_field_names_a_table_readers_know() -> None:
    named = {
        field.table
        for form in catalogue.forms()
        for field in form.fields.values()
        if isinstance(field, fields.Code)
    }
    assert named <= set(dictionary.CODE_TABLES)


def test_cells_cannot_break_a_table() -> None:
    assert markdown.table(("甲",), [("a|b\nc",)]) == "| 甲 |\n|---|\n| a\\|b<br>c |\n"
    with pytest.raises(ValueError, match="2 cells under 1"):
        markdown.table(("甲",), [("a", "b")])


def test_age_tags_are_those_that_are_computed() -> None:
    """residents.tags needs Django, which the generator does without; so the two are held together here."""
    said = {code: name for code, (name, _) in tables.AGE_TAGS.items()}
    assert said == {tag.code: tag.from_parameter or tag.until_parameter for tag in tags.AGE_TAGS}
    assert {code: "满" if tag == "满" else "未满" for code, (_, tag) in tables.AGE_TAGS.items()} == {
        tag.code: "满" if tag.from_parameter else "未满" for tag in tags.AGE_TAGS
    }
    assert tables.GENERAL == tags.GENERAL


def test_pages_name_every_definition_and_are_the_same_each_time() -> None:
    pages = documents.pages()
    assert pages == documents.pages()
    known = catalogue.current()
    for form in known.forms.values():
        text = pages[f"forms/{form.code}.md"]
        assert [name for name in form.fields if f"`{name}`" not in text] == []
    for programme in known.programmes:
        text = pages[f"programmes/{programme.code}.md"]
        assert [m.code for m in programme.measures if f"### {m.code} " not in text] == []
        assert [r.label for t in programme.tables for r in t.rows if r.label not in text] == []
    assert [code for code in known.parameters.definitions if f"`{code}`" not in pages["parameters.md"]] == []


def test_what_is_not_up_to_date_is_named_and_mended(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    run = CliRunner().invoke
    assert run(docs.command).exit_code == 0
    assert run(docs.command, ["--check"]).exit_code == 0
    (tmp_path / "README.md").write_text("changed")
    (tmp_path / "parameters.md").unlink()
    (tmp_path / "gone.md").write_text("of a programme that is no more")
    late = run(docs.command, ["--check"])
    assert late.exit_code == 1
    assert "./gongwei docs" in late.output
    assert [line.strip() for line in late.output.splitlines() if line.startswith("  ")] == [
        "docs/generated/README.md",
        "docs/generated/gone.md",
        "docs/generated/parameters.md",
    ]
    run(docs.command)
    assert documents.stale(tmp_path) == []


def test_signs_and_abnormal_results_are_told():
    pages = documents.pages()
    hypertension, diabetes = pages["programmes/hypertension.md"], pages["programmes/diabetes.md"]
    assert "| 非同日多次血压升高 | 《首诊测血压记录》 |" in hypertension
    assert "28天〔htn.diagnosis_within_days〕内3次" not in hypertension
    assert "28天〔htn.diagnosis_within_days〕内3天〔htn.diagnosis_days〕个不同的日子" in hypertension
    assert "| 体检血压升高，待复测 |" in hypertension
    assert "一次即可" in hypertension
    assert "## 给其他管理类别的疑似线索" in diabetes
    assert "年初回看：90天〔dm.recheck_look_back_days〕" in diabetes
    exam = pages["programmes/health_record.md"]
    assert "| 《健康体检表》 | 空腹血糖 | 危急高血糖 |" in exam
    assert "（由血清肌酐和年龄、性别推算）" in exam
    assert "| 紧急转诊 | 您的血压非常高" in exam
