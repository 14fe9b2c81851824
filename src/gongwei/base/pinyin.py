"""Pinyin of names: the full spelling that lists sort by, and initials under every reading that people type.

A surname of several readings is found under each of them (users_and_peers.md: 曾 单 解 仇 区 查 朴 盖 ...), the
correct reading first. Given names are read in their usual way.
"""

import itertools
import json
import unicodedata
from functools import cache, lru_cache
from importlib import util
from pathlib import Path

# Surname → readings, the correct one for a surname first, then what people type who do not know it. [K]
SURNAMES = {
    "曾": ("zeng", "ceng"),
    "单": ("shan", "dan"),
    "解": ("xie", "jie"),
    "仇": ("qiu", "chou"),
    "区": ("ou", "qu"),
    "查": ("zha", "cha"),
    "朴": ("piao", "pu"),
    "盖": ("ge", "gai"),
    "尉迟": ("yuchi", "weichi"),
    "万俟": ("moqi", "wansi"),
    "长孙": ("zhangsun", "changsun"),
    "澹台": ("tantai", "dantai"),
    "翟": ("zhai", "di"),
    "覃": ("qin", "tan"),
    "乐": ("yue", "le"),
    "缪": ("miao", "mou"),
    "员": ("yun", "yuan"),
    "黑": ("he", "hei"),
    "繁": ("po", "fan"),
    "宓": ("mi", "fu"),
    "秘": ("bi", "mi"),
    "祭": ("zhai", "ji"),
    "召": ("shao", "zhao"),
    "折": ("she", "zhe"),
    "冼": ("xian", "xi"),
    "洗": ("xian", "xi"),
    "种": ("chong", "zhong"),
    "重": ("chong", "zhong"),
    "谌": ("chen", "shen"),
    "车": ("che", "ju"),
    "柏": ("bai", "bo"),
    "隗": ("wei", "kui"),
    "牟": ("mou", "mu"),
    "石": ("shi", "dan"),
    "都": ("du", "dou"),
    "盛": ("sheng", "cheng"),
    "宿": ("su", "xiu"),
    "俞": ("yu", "shu"),
    "葛": ("ge",),
    "任": ("ren",),
    "华": ("hua",),
    "纪": ("ji",),
    "燕": ("yan",),
    "宁": ("ning",),
    "曲": ("qu",),
    "过": ("guo",),
    "应": ("ying",),
    "哈": ("ha",),
    "那": ("na",),
    "么": ("yao", "me"),
    "褚": ("chu", "zhu"),
    "撒": ("sa",),
    "阚": ("kan", "han"),
    "逄": ("pang",),
    "卜": ("bu", "pu"),
    "薄": ("bo", "bao"),
    "呙": ("guo", "wai"),
}
_TWO_CHARACTER_SURNAMES = frozenset(
    [
        "欧阳",
        "上官",
        "皇甫",
        "令狐",
        "诸葛",
        "司徒",
        "司马",
        "申屠",
        "夏侯",
        "贺兰",
        "完颜",
        "慕容",
        "尉迟",
        "长孙",
        "万俟",
        "澹台",
        "东方",
        "独孤",
        "南宫",
        "公孙",
        "轩辕",
        "宇文",
        "闻人",
        "端木",
    ]
)


@cache
def _readings() -> dict[str, str]:
    """Code point → its readings, of pypinyin's table of single characters, read when the first name is spelled.

    Only this table is read and pypinyin itself never imported: its dictionary of phrases would cost every process
    half a second and 50 MB, and a name is spelled character by character.
    """
    found = util.find_spec("pypinyin")
    assert found is not None
    assert found.submodule_search_locations
    table = Path(found.submodule_search_locations[0]) / "pinyin_dict.json"
    return json.loads(table.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@lru_cache(maxsize=65_536)
def _syllable(character: str) -> str:
    """The usual reading without tone; a character that is not Chinese stands for itself, in lower case."""
    readings = _readings().get(str(ord(character)))
    if readings is None:
        return character.lower()
    letters = unicodedata.normalize("NFD", readings.partition(",")[0]).replace("u\u0308", "v")
    return "".join(letter for letter in letters if "a" <= letter <= "z")


def _surname_length(name: str) -> int:
    return 2 if len(name) > 2 and name[:2] in _TWO_CHARACTER_SURNAMES else 1


@lru_cache(maxsize=262_144)
def spellings(name: str) -> tuple[str, ...]:
    """Every spelling of a person's name in full pinyin without spaces, the usual one first: 曾丽 → zengli, cengli."""
    name = name.strip()
    if not name:
        return ()
    cut = _surname_length(name)
    readings = SURNAMES.get(name[:cut]) or ("".join(_syllable(c) for c in name[:cut]),)
    rest = "".join(_syllable(c) for c in name[cut:])
    return tuple(reading + rest for reading in readings)


@lru_cache(maxsize=262_144)
def initials(name: str) -> tuple[str, ...]:
    """Initials of a person's name under every reading of the surname, the usual one first: 单建国 → sjg, djg."""
    name = name.strip()
    if not name:
        return ()
    cut = _surname_length(name)
    rest = "".join(_syllable(c)[:1] for c in name[cut:])
    surname = SURNAMES.get(name[:cut])
    if surname is None:
        heads = ["".join(_syllable(c)[:1] for c in name[:cut])]
    elif cut == 1:
        heads = [reading[:1] for reading in surname]
    else:  # a two-character surname: its second initial comes from the second character
        heads = [reading[:1] + _syllable(name[1])[:1] for reading in surname]
    return tuple(dict.fromkeys(head + rest for head in heads))


@lru_cache(maxsize=65_536)
def sort_key(text: str) -> str:
    """What lists of persons sort by: full pinyin of the usual reading, then the characters themselves."""
    first = next(iter(spellings(text)), "")
    return f"{first} {text.strip()}"


@lru_cache(maxsize=65_536)
def word_initials(text: str) -> str:
    """Initials of a place, an organization or any other words: 南京市 → njs."""
    return "".join(itertools.chain.from_iterable(_syllable(c)[:1] for c in text if not c.isspace()))
