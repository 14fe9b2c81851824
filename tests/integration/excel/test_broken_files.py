"""R13: files broken in every way. Either the file is refused with words that say what to do, or every row is accounted for."""

import datetime as dt
import io
import random
import struct
import zipfile

import openpyxl
import pytest
from tests.integration.excel import workbooks
from tests.integration.excel.test_uploads import row_of, states, told, uploaded

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import files, staging
from gongwei.interfaces.excel.models import Upload, UploadRow

FILES = 100


def good(scene, people):
    return workbooks.filled([row_of(scene, people["王建国"]), row_of(scene, people["李桂兰"])])


def encrypted_zip(content):
    data = bytearray(content)
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flag] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def bomb(content):
    return workbooks.rezipped(
        content, lambda name, data: b" " * (40 * 2**20) if name.endswith("sheet1.xml") else data
    )


def lying_bomb(content):
    """The directory says the sheet is small; it is not."""
    data = bytearray(
        workbooks.rezipped(content, lambda n, d: d + b" " * (8 * 2**20) if n.endswith("sheet1.xml") else d)
    )
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + length].endswith(b"sheet1.xml"):
            struct.pack_into("<I", data, at + 24, 1000)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def in_sheet(old, new):
    return lambda content: workbooks.rezipped(
        content, lambda n, d: d.replace(old, new, 1) if n.endswith("sheet1.xml") else d
    )


def without(entry):
    return lambda content: workbooks.rezipped(content, lambda n, d: None if n.endswith(entry) else d)


def doctype(content):
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return workbooks.rezipped(
        content, lambda n, d: head + d[d.find(b"<", 5) :] if n.endswith("sheet1.xml") else d
    )


def emptied(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.worksheets[0].delete_rows(3, 100)
    return workbooks.saved(book)


def other_zip(name):
    def made(content):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, b"x")
        return file.getvalue()

    return made


#: What somebody has sent, and the code it is refused with.
REFUSED = {
    "empty": (lambda c: b"", "empty"),
    "old excel": (lambda c: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "damaged"),
    "ancient excel": (lambda c: b"\x09\x08\x08\x00\x00\x05" + bytes(60), "old_excel"),
    "password": (lambda c: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "zip password": (encrypted_zip, "password"),
    "pdf": (lambda c: b"%PDF-1.7 ...", "not_excel"),
    "text of no encoding": (lambda c: b"\xc4\xe3\xff,\x81\n" * 9, "encoding"),
    "quotation without end": (lambda c: '姓名,收缩压\n"王某,138\n'.encode(), "csv"),
    "web page": (lambda c: b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>", "web_page"),
    "xml sheet": (lambda c: b'<?xml version="1.0"?><Workbook/>', "web_page"),
    "picture": (lambda c: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "not_excel"),
    "word": (other_zip("word/document.xml"), "not_excel"),
    "ods": (other_zip("mimetype"), "not_excel"),
    "xlsb": (other_zip("xl/workbook.bin"), "not_excel"),
    "zip of anything": (other_zip("随访.xlsx"), "not_excel"),
    "cut short": (lambda c: c[: len(c) // 2], "damaged"),
    "only the head": (lambda c: c[:40], "damaged"),
    "bomb": (bomb, "bomb"),
    "lying bomb": (lying_bomb, "damaged"),
    "last corner row": (in_sheet(b'<row r="3"', b'<row r="1048576"'), "too_wide"),
    "last corner column": (in_sheet(b' r="C3"', b' r="XFD3"'), "too_wide"),
    "doctype": (doctype, "damaged"),
    "no sheet": (without("sheet1.xml"), "damaged"),
    "no links": (without("workbook.xml.rels"), "damaged"),
    "no workbook": (without("xl/workbook.xml"), "not_excel"),
    "broken workbook": (lambda c: workbooks.rezipped(c, lambda n, d: d[:99] if n == "xl/workbook.xml" else d), "damaged"),
    "too large": (lambda c: c + bytes(files.MOST_BYTES), "too_large"),
}  # fmt: skip
#: Told by the check, since the columns must be read for it.
REFUSED_BY_CHECK = {
    "no row": (emptied, "没有可以导入的行"),
    "broken sheet": (lambda c: workbooks.rezipped(c, lambda n, d: d[: len(d) // 2] if n.endswith("sheet1.xml") else d), "已损坏"),
    "other form": (lambda c: workbooks.filled([{}], "dm_follow_up"), "的模板"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(REFUSED))
def test_a_file_that_is_no_workbook_is_refused_in_words(scene, at, people, kind):
    change, code = REFUSED[kind]
    with pytest.raises(Refused) as refused:
        uploaded(scene, at, change(good(scene, people)))
    assert refused.value.code == code
    assert refused.value.hint
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("kind", list(REFUSED_BY_CHECK))
def test_a_workbook_without_what_is_needed_is_refused_by_the_check(scene, at, people, kind):
    change, words = REFUSED_BY_CHECK[kind]
    upload = uploaded(scene, at, change(good(scene, people)))
    assert upload.state == Upload.State.REFUSED
    assert words in upload.problem
    assert UploadRow.objects.count() == 0


#: Rows with one thing wrong: identifier → cell.
CELLS = [
    ("systolic", "#N/A"), ("systolic", "=1/0"), ("systolic", "138kPa"), ("systolic", True), ("systolic", dt.date(2025, 1, 1)),
    ("systolic", 1e18), ("systolic", "１３８。"), ("systolic", 39), ("systolic", 138.5), ("diastolic", 300), ("done_on", "今天"),
    ("done_on", "2125-01-01"), ("done_on", 5), ("done_on", "1899-01-01"), ("symptoms", "11"), ("symptoms", "1；2"),
    ("symptoms", "1；1"), ("salt", "0"), ("salt", "轻 重"), ("outcome", "5"), ("medications", "硝苯地平；二；10；1"),
    ("medications", "a；1；1；1；1；1；1；1"), ("responsible_doctor", "查无此人"), ("@mode", "上门拜访"), ("@organization", "某医院"),
    ("@practitioner", "无"), ("@record_no", 6.6010110110100001e16), ("@record_no", "12345"), ("@name", "别人"),
    ("signs_other", "x" * 300),
]  # fmt: skip


def test_a_hundred_files_of_broken_rows_lose_nothing(scene, at, people):
    """Rows in = accepted + rejected; each rejected row names sheet, row, column, value, reason."""
    dice = random.Random(20170228)
    person = people["王建国"]
    seen = set()
    for number in range(FILES):
        wrong = [CELLS[(number * 3 + n) % len(CELLS)] for n in range(3)]
        rows = []
        for place, (identifier, value) in enumerate(wrong):
            day = (dt.date(2024, 1, 1) + dt.timedelta(days=number * 4 + place)).isoformat()
            rows.append(row_of(scene, person, done_on=day) | {identifier: value})
        rows.append(
            row_of(scene, person, done_on=(dt.date(2023, 1, 1) + dt.timedelta(days=number)).isoformat())
        )
        order = list(range(4))
        dice.shuffle(order)
        upload = uploaded(scene, at, workbooks.filled([rows[place] for place in order]))
        found = states(upload)
        assert len(found) == 4 == sum(n for name, n in upload.counts.items() if name != "total")
        assert found[order.index(3)] in ("accepted", "questioned"), told(upload)
        for place, (identifier, _) in enumerate(wrong):
            row = UploadRow.objects.get(upload=upload, number=3 + order.index(place))
            assert row.state == "rejected", (identifier, rows[place][identifier])
            problems = [each for each in staging.problems_of(row) if each["severity"] == "block"]
            assert all(each["reason"] for each in problems)
            named = {each["identifier"]: each for each in problems}
            assert identifier in named, (identifier, rows[place][identifier], problems)
            assert named[identifier]["column"]
            assert named[identifier]["value"] or identifier == "systolic"
            seen.add((identifier, named[identifier]["rule"]))
        Upload.objects.all().delete()
    assert len(seen) >= 20
