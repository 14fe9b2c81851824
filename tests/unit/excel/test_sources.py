"""Packages from written files: every encoding, separator, heading and oddity of 6.1, read to the cell or refused in words."""

import datetime as dt
import io
import zipfile
from functools import partial

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.excel import old_books

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import (
    delimited,
    files,
    headings,
    layouts,
    mapping_files,
    reading,
    sources,
    templates,
)

FORM = "htn_follow_up"
HEAD = ["档案编号", "姓名", "证件号码", "随访日期", "收缩压（mmHg）", "舒张压（mmHg）", "随访医生签名"]
ROW = ["660101101101000123", "王建国", "660101196101010011", "2025-03-10", "138", "88", "李医生"]


def csv_of(rows, encoding="utf-8", separator=",", end="\r\n"):
    return end.join(separator.join(row) for row in rows).encode(encoding)


def book(sheets, change=None):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def zipped(names, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return file.getvalue()


def folder(tmp_path, names):
    for name, content in names.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def read(package, name="", mapping=None):
    """[(path, sheet, kind or why not, rows as {identifier: shown}, what was set aside)] of a package, and its notes."""
    found = []
    with sources.opened(package, name=name, mapping=mapping) as opened:
        for source in opened:
            if source.problem:
                found.append((source.path, source.sheet, source.problem.code, [], []))
                continue
            said = sources.told(source, opened.mapping)
            if not isinstance(said, sources.Told):
                found.append((source.path, source.sheet, said, [], []))
                continue
            rows = []
            for row in source.rows(said.plan):
                pairs = zip(said.plan.columns, row.cells, strict=False)
                values = {
                    identifier: cell for identifier, cell in pairs if identifier and cell not in (None, "")
                }
                rows.append(values | ({"!": row.problem} if row.problem else {}))
            aside = [(each.number, each.reason) for each in source.aside.named]
            found.append((source.path, source.sheet, said.kind, rows, aside))
        return found, opened.notes


def only(package, name=f"{FORM}.csv", mapping=None):
    found, _ = read(package, name, mapping)
    assert len(found) == 1
    return found[0]


WANTED = dict(
    zip(
        ["@record_no", "@name", "@id_number", "done_on", "systolic", "diastolic", "responsible_doctor"],
        ROW,
        strict=True,
    )
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_text_in_every_encoding_and_with_every_separator(encoding, separator, end):
    assert only(csv_of([HEAD, ROW], encoding, separator, end))[2:] == (FORM, [WANTED], [])


def test_the_encoding_is_named():
    for encoding, title in (("utf-8", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")):
        with sources.opened(csv_of([HEAD, ROW], encoding)) as package:
            assert next(iter(package)).encoding == title


@given(
    st.lists(st.text('王李建国兰芳㐂𠮷·éA1，；"\n', min_size=1, max_size=8), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
@settings(max_examples=60)
def test_names_come_through_whole_whatever_stands_in_them(names, encoding):
    """Quotation marks, separators and line ends inside a cell, rare characters: nothing is replaced, nothing is split."""
    quoted = ['"' + each.replace('"', '""') + '"' for each in names]
    content = csv_of([HEAD, *([*ROW[:1], each, *ROW[2:]] for each in quoted)], encoding)
    rows = only(content)[3]
    assert [row.get("@name", "").strip() for row in rows] == [each.strip() for each in names]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("姓名,村\n王,张村\n".encode("utf-16-le"), "not_excel"),
        (b"\xc4\xe3\xff,\x81\n" * 9, "encoding"),
        ("姓名\n王".encode() + b"\xff\xfe", "encoding"),
        ('姓名,村\n"王,张村\n'.encode(), "csv"),
        ('姓名,村\n"王"某,张村\n'.encode(), "csv"),
        (b"", "empty"),
        (b"<html><table><tr><td>1</td></tr></table>", "web_page"),
        (b"%PDF-1.7", "not_excel"),
        (b"\x09\x08\x10\x00\x00\x06" + bytes(99), "old_excel"),
        (old_books.workbook({"a": ([["x"]], [])}, locked=True), "password"),
        (old_books.workbook({"a": ([["x"]], [])})[:3000], "damaged"),
        (old_books.compound(b"no book", "Contents"), "damaged"),
        (old_books.SIGNATURE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_say_why(content, code):
    assert only(content)[2] == code


def test_a_garbled_cell_is_not_taken():
    """Somebody else replaced what could not be read: the mark of it is no name."""
    with pytest.raises(Exception, match="乱码"):
        layouts.of(FORM).by_identifier["@name"].read("王�国", None)


def test_marks_that_keep_a_number_a_text_are_taken_off():
    row = ['="660101101101000123"', "'王建国", "'660101196101010011", '="2025-03-10"', "138", "88", "李医生"]
    found = only(csv_of([HEAD, row]))[3][0]
    assert found == WANTED | {"@name": "'王建国"}


def test_a_row_that_was_broken_is_not_shifted_into_place():
    """A separator or a line end nobody quoted: the row says so, and none of its cells is believed."""
    comma = [*ROW[:6], "李医生", "又一列"]
    rows = [HEAD, ROW, [*ROW[:6], ""], comma, ROW[:4], ROW]
    _, _, _, found, _ = only(csv_of(rows))
    assert [bool(row.get("!")) for row in found] == [False, False, True, True, False]
    assert "多于标题的7列" in found[2]["!"]
    assert "只有4列" in found[3]["!"]


def test_a_writer_that_leaves_empty_ends_away_is_understood():
    rows = [HEAD, ROW, *[ROW[:5]] * 5]
    assert all("!" not in row for row in only(csv_of(rows))[3])


def test_titles_sums_repeated_headings_and_empty_columns():
    rows = [
        ["高血压患者随访登记表", "", "", "", "", "", "", "", ""],
        ["导出日期：2025-10-20", "", "", "", "", "", "", "", ""],
        ["序号", *HEAD, "页码"],
        ["1", *ROW, ""],
        [""] * 9,
        ["高血压患者随访登记表", "", "", "", "", "", "", "", ""],
        ["序号", *HEAD, "页码"],
        ["2", *ROW, "补录"],
        ["", "", "", "", "", "", "", "", "只有备注"],
        ["合计", "2", "", "", "", "276", "176", "", ""],
        ["共计：2人", "", "", "", "", "", "", "", ""],
        ["3", *ROW[:1], "合计", *ROW[2:], ""],
    ]
    _, _, kind, found, aside = only(csv_of(rows))
    assert kind == FORM
    assert found == [WANTED, WANTED, WANTED | {"@name": "合计"}]
    assert aside == [
        (6, "重复的表名"),
        (7, "重复的标题行"),
        (9, "各已对应的列都为空"),
        (10, "合计行"),
        (11, "合计行"),
    ]


def test_line_numbers_are_those_excel_shows():
    content = csv_of([["sep=;"], [";".join(HEAD)], [""], [";".join(ROW)]], end="\n")
    with sources.opened(content, name=f"{FORM}.csv") as package:
        source = next(iter(package))
        told = sources.told(source)
        assert [row.number for row in source.rows(told.plan)] == [4]


def two_rows(made):
    """血压 over 收缩压 and 舒张压, the other headings merged down; and one doctor for two rows."""
    sheet = made.worksheets[0]
    for place in "ABCDG":
        sheet.merge_cells(f"{place}2:{place}3")
    sheet.merge_cells("E2:F2")
    sheet.merge_cells("A1:G1")
    sheet.merge_cells("G4:G5")


TWO_ROWS = [
    ["随访登记表"],
    ["档案编号", "姓名", "证件号码", "随访日期", "血压", None, "随访医生签名"],
    [None, None, None, None, "收缩压", "舒张压", None],
    [*ROW[:4], 138, 88, "李医生"],
    [*ROW[:4], 140, 90, None],
    [*ROW[:4], 142, 92, None],
]


def test_merged_headings_and_cells_of_a_workbook():
    found = only(book({"高血压患者随访服务记录表": TWO_ROWS}, two_rows), "x.xlsx")
    assert [row["systolic"] for row in found[3]] == [138, 140, 142]
    # Filled down within the merged cells, and not a row further.
    assert [row.get("responsible_doctor") for row in found[3]] == ["李医生", "李医生", None]


def test_merged_headings_and_cells_of_an_old_workbook():
    merged = [
        ((0, 0), (0, 6)),
        ((1, 4), (1, 5)),
        ((3, 6), (4, 6)),
        *[((1, n), (2, n)) for n in (0, 1, 2, 3, 6)],
    ]
    rows = [[cell or "" for cell in row] for row in TWO_ROWS]
    rows[3][3] = dt.date(2025, 3, 10)
    found = only(old_books.workbook({FORM: (rows, merged)}), "x.xls")
    assert found[2] == FORM
    assert [row["systolic"] for row in found[3]] == [138, 140, 142]
    assert [row.get("responsible_doctor") for row in found[3]] == ["李医生", "李医生", None]
    assert found[3][0]["done_on"] == dt.date(2025, 3, 10)


def test_a_group_heading_in_text_needs_no_merged_cells():
    rows = [
        ["档案编号", "姓名", "证件号码", "随访日期", "血压", "", "随访医生签名"],
        ["", "", "", "", "收缩压", "舒张压", ""],
        ROW,
    ]
    assert only(csv_of(rows))[3] == [WANTED]


def test_old_workbooks_hidden_sheets_and_failed_formulas():
    rows = [HEAD, [*ROW[:4], ("#", 7), ("#", "f"), ROW[6]]]
    content = old_books.workbook(
        {"高血压患者随访服务记录表": (rows, []), "藏": ([["x"]], [])}, hidden=("藏",)
    )
    found, _ = read(content, "旧.xls")
    assert len(found) == 1
    assert (found[0][3][0]["systolic"], found[0][3][0]["diastolic"]) == ("#VALUE!", "#VALUE!")


def test_several_sheets_are_several_sources():
    sheets = {
        "高血压患者随访服务记录表2024": [HEAD, ROW],
        "居民建档": [["姓名", "现住村（居）", "常住类型"], ["王", "张村", "户籍"]],
        "空": [],
    }
    found, _ = read(book(sheets), "全部.xlsx")
    assert [(each[1], each[2]) for each in found[:2]] == [
        ("高血压患者随访服务记录表2024", FORM),
        ("居民建档", "residents"),
    ]
    assert found[2][2] == sources.Skipped("工作表是空的")


def test_a_sheet_without_words_is_not_taken_for_an_empty_one():
    for rows in ([[1, 2], [3, 4]], [[None]] * 30 + [["姓名", "随访日期"]]):
        said = only(book({"表": rows}), "x.xlsx")[2]
        assert isinstance(said, sources.NeedsMapping), said


# ---- what is told ------------------------------------------------------------------------------------------------------


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


# ---- folders and zips ----------------------------------------------------------------------------------------------------


def test_a_folder_and_its_zip_give_the_same_sources(tmp_path):
    names = {
        f"数据/甲/{FORM}_1.csv": csv_of([HEAD, ROW]),
        f"数据/{FORM}_2.xlsx": book({"表": [HEAD, ROW]}),
        "数据/对应.yaml": b"sources: []",
    }
    inside, _ = read(folder(tmp_path, names))
    assert [(each[0], each[2]) for each in inside] == [
        (f"数据/{FORM}_2.xlsx", FORM),
        (f"数据/甲/{FORM}_1.csv", FORM),
    ]
    assert read(zipped(names))[0] == inside


def test_names_of_old_zips_and_of_a_mac():
    content = zipped({"fourteen_bytes.csv": csv_of([HEAD, ROW])})
    old = content.replace(b"fourteen_bytes.csv", "高血压患者随访.csv".encode("gb18030"))
    assert read(old)[0][0][0] == "高血压患者随访.csv"
    decomposed = zipped({"é.csv": csv_of([HEAD, ROW])})
    assert read(decomposed)[0][0][0] == "é.csv"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ({"../a.csv": b"x"}, "outside"), ({"/etc/a.csv": b"x"}, "outside"), ({"a/../../b.csv": b"x"}, "outside"), ({"C:\\a.csv": b"x"}, "outside"),
        ({"a.csv": b" " * (files.RATIO_FROM + 10**6)}, "bomb"), ({"说明.docx": b"x"}, "empty"), ({}, "empty"), ({"mapping.yaml": b"sources: []"}, "empty"),
        ({"mapping.yaml": b"sources: []", "对应.yaml": b"sources: []", "a.csv": b"x"}, "mapping_file"),
    ],
)  # fmt: skip
def test_a_zip_that_is_refused_as_a_whole(names, code):
    with pytest.raises(Refused) as refused:
        read(zipped(names))
    assert refused.value.code == code


def test_a_zip_with_a_password_or_cut_short():
    content = bytearray(zipped({"a.csv": b"x"}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    for broken, code in ((bytes(content), "password"), (zipped({"a.csv": b"x" * 999})[:-40], "damaged")):
        with pytest.raises(Refused) as refused:
            read(broken)
        assert refused.value.code == code


def test_what_is_no_data_is_named_and_nothing_is_silent(tmp_path):
    names = {
        "__MACOSX/._a.csv": b"x", "a/.DS_Store": b"x", f"~${FORM}.xlsx": b"x", "说明.docx": b"x", "里面.zip": zipped({"a.csv": b"x"}),
        f"{FORM}.csv": csv_of([HEAD, ROW]), "坏.xlsx": b"PK\x03\x04 broken", "空.csv": b"",
    }  # fmt: skip
    found, notes = read(zipped(names))
    assert {each[0]: each[2] for each in found} == {
        f"{FORM}.csv": FORM,
        "里面.zip": "nested",
        "坏.xlsx": "damaged",
        "空.csv": "empty",
    }
    assert len(notes) == 4
    package = folder(tmp_path / "文件夹", {"a/x.csv": csv_of([HEAD, ROW])})
    (package / "b.csv").symlink_to(package / "a" / "x.csv")
    assert [(each[0], each[2]) for each in read(package)[0]][1] == ("b.csv", "link")


def test_one_file_is_opened_anew_by_its_path():
    with sources.opened(
        zipped({"a.csv": csv_of([HEAD, ROW]), f"{FORM}.xlsx": book({"x": [HEAD, ROW], "y": [HEAD]})})
    ) as package:
        assert [(each.path, each.sheet, each.place) for each in package.of(f"{FORM}.xlsx")] == [
            (f"{FORM}.xlsx", "x", 0),
            (f"{FORM}.xlsx", "y", 1),
        ]
        assert list(package.of("nichts.csv")) == []


def test_a_long_text_file_is_never_held_whole():
    """Rows come as they are read: before the last is written into the stream, the first is out."""
    line = csv_of([ROW]) + b"\r\n"
    opened = []

    class Endless(io.RawIOBase):
        def __init__(self, count):
            self.left, self.rest = count, csv_of([HEAD]) + b"\r\n"

        def readable(self):
            return True

        def readinto(self, into):
            while len(self.rest) < len(into) and self.left:
                self.rest += line
                self.left -= 1
            found, self.rest = self.rest[: len(into)], self.rest[len(into) :]
            into[: len(found)] = found
            return len(found)

    def opener():
        opened.append(Endless(50_000))
        return io.BufferedReader(opened[-1])

    table = reading.text_table(opener)
    plan = headings.read("x", 0, table.head(), layouts.of(FORM), None)
    rows = reading.data_rows(table, plan, reading.Aside())
    assert next(rows).cells == ROW
    assert opened[-1].left > 49_000
    assert sum(1 for _ in rows) == 49_999


def test_every_text_is_read_or_refused():
    """Whatever bytes come: rows, or a reason; never anything else."""

    @given(st.binary(max_size=400))
    @settings(max_examples=150)
    def tried(content):
        try:
            proof = delimited.prove(partial(io.BytesIO, content))
        except Refused:
            return
        assert "".join(
            str(cell) for row in delimited.rows(partial(io.BytesIO, content), proof) for cell in row
        ).count("�") == content.decode({"utf-8-sig": "utf-8-sig"}.get(proof.encoding, proof.encoding)).count(
            "�"
        )

    tried()
