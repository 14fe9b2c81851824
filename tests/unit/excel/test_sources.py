"""Packages from written files: every encoding, separator, heading and oddity of 6.1, read to the cell or refused in words."""

import datetime as dt
import io
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.excel import old_books
from tests.unit.excel.written_files import FORM, HEAD, ROW, book, csv_of, only, read, zipped

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import (
    delimited,
    headings,
    layouts,
    reading,
    sources,
)

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
