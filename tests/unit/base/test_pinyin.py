"""Names are found under every reading of the surname (users_and_peers.md; issue: 曾 单 解 仇 区 查 朴 盖)."""

import pypinyin
import pytest

from gongwei.base import pinyin


@pytest.mark.parametrize(
    ("name", "found_under"),
    [
        ("曾丽", {"zl", "cl"}),
        ("单建国", {"sjg", "djg"}),
        ("解放", {"xf", "jf"}),
        ("仇英", {"qy", "cy"}),
        ("区伟", {"ow", "qw"}),
        ("查良", {"zl", "cl"}),
        ("朴英", {"py"}),
        ("盖红", {"gh"}),
        ("欧阳娜", {"oyn"}),
        ("尉迟恭", {"ycg", "wcg"}),
        ("张三", {"zs"}),
    ],
)
def test_initials_cover_every_reading_of_the_surname(name, found_under):
    assert set(pinyin.initials(name)) == found_under


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [("曾丽", "zengli", "cengli"), ("朴英", "piaoying", "puying"), ("盖红", "gehong", "gaihong")],
)
def test_full_spelling_has_the_usual_reading_first(name, usual, other):
    assert pinyin.spellings(name) == (usual, other)


def test_sorting_is_by_pinyin_and_then_by_character():
    assert sorted(["张伟", "曾丽", "阿明", "李强"], key=pinyin.sort_key) == ["阿明", "李强", "曾丽", "张伟"]


def test_words_of_a_place():
    assert pinyin.word_initials("南京市") == "njs"


def test_letters_digits_and_nothing():
    assert pinyin.initials("") == ()
    assert pinyin.word_initials("A社区1") == "asq1"


def test_every_character_is_read_as_pypinyin_reads_it_by_itself():
    characters = [chr(point) for point in (0x3007, *range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    expected = [pypinyin.lazy_pinyin(character)[0] for character in characters]
    assert [pinyin.spellings(f"张{character}")[0] for character in characters] == [
        f"zhang{each}" for each in expected
    ]


def test_letters_and_marks_stand_for_themselves():
    assert pinyin.spellings("Ａli·吕") == ("ａli·lv",)
