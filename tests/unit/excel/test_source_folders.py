"""Packages of many files: folders and zips give the same sources; what is no data is named."""

import pytest
from tests.unit.excel.written_files import FORM, HEAD, ROW, book, csv_of, folder, read, zipped

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import files


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
