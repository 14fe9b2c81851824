"""What kind of records a source holds: told by its name, its headings, a mapping file or the template itself, or asked about."""

import io

import openpyxl
import pytest
from tests.unit.excel.written_files import FORM, HEAD, ROW, csv_of, folder, only

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import (
    layouts,
    mapping_files,
    sources,
    templates,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("htn_follow_up", FORM), ("htn_follow_up_2024", FORM), ("高血压患者随访服务记录表", FORM), ("高血压患者随访服务记录表（2024年）", FORM),
        ("高血压患者随访服务记录表-东镇", FORM), ("2型糖尿病患者随访服务记录表2024", "dm_follow_up"), ("居民建档", "residents"), ("residents.1", "residents"),
        ("区划", "areas"), ("机构", "organizations"), ("人员与岗位_1", "practitioners"), ("家庭成员", "households"), ("专案", "episodes"), ("健康体检表2025上", "check_up"),
        ("高血压随访", ""), ("Sheet1", ""), ("居民健康状况统计", ""), ("机构改革方案", ""), ("专案管理办法", ""), ("my_residents", ""),
    ],
)  # fmt: skip
def test_a_kind_by_the_name_of_the_sheet_or_file(name, kind):
    assert sources.kind_of_name(name) == kind


def test_a_template_says_itself_what_it_is():
    """Whatever its file and sheet are called; and its own sheets of options and notes are no data."""
    for code, _ in layouts.every():
        content = templates.workbook(code)
        filled = openpyxl.load_workbook(io.BytesIO(content))
        filled.worksheets[0].title = "改过的名字"
        filled.worksheets[0].cell(3, 3, "王")
        file = io.BytesIO()
        filled.save(file)
        found = only(file.getvalue(), "任意.xlsx")
        assert found[2] == code


def told(content, name="x.csv", mapping=None):
    with sources.opened(content, name=name, mapping=mapping) as package:
        return sources.told(next(iter(package)), package.mapping)


def test_a_kind_by_headings_only_where_it_is_certain():
    all_of = [each.heading for each in layouts.of(FORM).columns]
    assert (told(csv_of([all_of, ROW])).kind, told(csv_of([all_of, ROW])).how) == (FORM, sources.HEADINGS)
    unsure = told(csv_of([HEAD, ROW]))
    assert isinstance(unsure, sources.NeedsMapping)
    assert "高血压患者随访服务记录表" in unsure.message
    assert "2型糖尿病患者随访服务记录表" in unsure.message


def test_every_kind_is_told_by_its_own_headings():
    for code, _ in layouts.every():
        columns = [each.heading for each in layouts.of(code).columns]
        said = told(csv_of([columns, ["值"] * len(columns)]))
        assert isinstance(said, sources.Told), (code, said)
        assert said.kind == code
        assert said.plan.columns == [each.identifier for each in layouts.of(code).columns], code


def test_a_sheet_of_a_known_name_that_lacks_a_column_is_asked_about():
    said = told(
        csv_of([["姓名", "身份证", "日期", "高压", "低压"], ["王", "1", "2025", "138", "88"]]), f"{FORM}.csv"
    )
    assert isinstance(said, sources.NeedsMapping)
    assert "缺少" in said.message
    assert said.proposal["columns"] == {
        "姓名": "姓名",
        "身份证": "证件号码",
        "日期": "随访日期",
        "高压": "收缩压（mmHg）",
        "低压": "舒张压（mmHg）",
    }


def test_what_is_proposed_tells_the_source_when_a_person_has_looked_at_it():
    content = csv_of(
        [["导出"], ["姓名", "身份证", "日期", "高压", "低压", "页码"], ["王", "1", "2025", "138", "88", "x"]]
    )
    unknown = told(content, "老/随访.csv")
    text = sources.proposed([unknown])
    mapping = mapping_files.read(text.replace(unknown.proposal["kind"], FORM))
    said = told(content, "老/随访.csv", mapping)
    assert (said.kind, said.how) == (FORM, sources.MAPPING)
    assert said.plan.columns == ["@name", "@id_number", "done_on", "systolic", "diastolic", ""]


MAPPING = """
sources:
  - file: "老系统/高血压*.csv"
    kind: htn_follow_up
    heading_row: 2
    columns: {"身份证": "证件号码", "收缩": "systolic", "日期": done_on, "备注": "", 血压/舒张: diastolic}
    options: {"outcome": {"好": "1", "差": 2}}
  - {file: "*.csv", sheet: 说明, kind: skip, reason: 只是说明}
"""


def test_a_mapping_file_names_columns_and_codes(tmp_path):
    rows = [
        ["某县导出"],
        ["姓名", "身份证", "日期", "收缩", "备注", "没听说过"],
        ["王", "123", "2025-03-10", "138", "x", "y"],
    ]
    package = folder(
        tmp_path,
        {
            "老系统/高血压2024.csv": csv_of(rows, "gb18030"),
            "mapping.yaml": MAPPING.encode(),
            "说明.csv": csv_of([["说明"]]),
        },
    )
    with sources.opened(package) as opened:
        one, two = list(opened)
        said = sources.told(one, opened.mapping)
        assert said.plan.columns == ["@name", "@id_number", "done_on", "systolic", "", ""]
        # Only what nobody knew of is said to be left out.
        assert said.plan.unused == ["没听说过"]
        assert said.options == {"outcome": {"好": "1", "差": "2"}}
        assert sources.told(two, opened.mapping) == sources.Skipped("只是说明")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("sources: [", "写法不对"), ("- a", "sources"), ("sources: {}", "sources"), ("sources: [{kind: areas}]", "缺少file"),
        ("sources: [{file: a, kind: 不存在}]", "不是表格种类"), ("sources: [{file: a, kind: skip}]", "reason"),
        ("sources: [{file: a, kind: areas, columns: {x: 没有的列}}]", "不是“行政区划”的列"),
        ("sources: [{file: a, kind: areas, columns: {x: 名称, y: name}}]", "两列对应"),
        ("sources: [{file: a, columns: {x: 名称}}]", "同时写kind"), ("sources: [{file: a, heading_row: 0}]", "heading_row"),
        ("sources: [{file: a, typo: 1}]", "typo"), ("sources: [{file: a, kind: areas, options: {x: {a: b}}}]", "options"),
        ("a: &a [*a]", "sources"), ("!!python/object/apply:os.system ['x']", "写法不对"), (b"\xff\xff", "编码"),
    ],
)  # fmt: skip
def test_a_mapping_file_with_a_fault_is_refused_naming_it(text, word):
    with pytest.raises(Refused) as refused:
        mapping_files.read(text)
    assert word in refused.value.message
