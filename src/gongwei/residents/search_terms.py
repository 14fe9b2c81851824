"""What did they type into the one box? Text becomes lookups, the likeliest first. Pure.

Name, part of a name, full pinyin, initials (with a birth year: `zs 1956`), ID number whole or its last four or
six, telephone whole or its last four, record number or its last eight, birth date; and a name with any of these
after it (`张秀英 1956`, `张秀英 3023`).
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

LONGEST = 60


@dataclass(frozen=True)
class Lookup:
    """One question to the database: a kind of key and the term, narrowed by a span of birth dates or a name."""

    kind: str
    term: str
    born_from: dt.date | None = None
    born_to: dt.date | None = None
    named: str = ""


KIND_TITLES = {
    "id": "证件号码",
    "id_last6": "证件后6位",
    "id_last4": "证件后4位",
    "phone": "电话",
    "phone_last4": "电话后4位",
    "record_no": "档案编号",
    "alias": "曾用档案编号",
    "record_no_last8": "档案编号后8位",
    "name": "姓名",
    "surname": "姓氏",
    "inside": "姓名中含有",
    "initials": "拼音首字母",
    "pinyin": "全拼",
    "pinyin_prefix": "拼音开头",
    "birth": "出生日期",
}
_CHINESE = re.compile(r"^[\u3400-\u9fff\U00020000-\U0003ffff·]+$")
_LATIN = re.compile(r"^[a-z']+$")
_SPLIT = re.compile(r"(?<=[^\W\d_])\s*(?=\d)|\s+")
_YEAR = re.compile(r"^(18|19|20)\d\d$")


def recognise(text: str) -> list[Lookup]:
    """Return the lookups a typed text stands for, likeliest first; none when it says nothing."""
    if "\x00" in text:
        return []
    typed = " ".join(unicodedata.normalize("NFKC", text)[:LONGEST].lower().split())
    if not typed:
        return []
    compact = re.sub(r"[\s\-]", "", typed)
    if re.fullmatch(r"(ls)?\d+x?", compact):
        return _digits(compact.upper())
    words = [word for word in _SPLIT.split(typed) if word]
    names = [word for word in words if not word[0].isdigit()]
    numbers = [word for word in words if word[0].isdigit()]
    if not names:
        return []
    joined = "".join(names)
    if len(numbers) > 1 or (numbers and not re.fullmatch(r"\d{1,8}x?", numbers[0])):
        return _document(compact)
    if not numbers:
        return _name(joined, None, None) or _document(compact)
    return _with_number(joined, numbers[0], compact)


def _with_number(name: str, number: str, compact: str) -> list[Lookup]:
    if _YEAR.match(number):
        year = int(number)
        return _name(name, dt.date(year, 1, 1), dt.date(year, 12, 31)) + _document(compact)
    if len(number) == 8 and (day := _day(number)):
        return _name(name, day, day)
    if len(number) == 2 and number.isdigit():
        # zs56: 1956; a year still to come means the last century.
        return [
            lookup
            for century in (19, 20)
            for lookup in _name(
                name, dt.date(century * 100 + int(number), 1, 1), dt.date(century * 100 + int(number), 12, 31)
            )
        ]
    name = name.replace("'", "")
    if re.fullmatch(r"\d{3}[\dx]", number):
        kinds = ["id_last4", "phone_last4"] if number.isdigit() else ["id_last4"]
    elif re.fullmatch(r"\d{5}[\dx]", number):
        kinds = ["id_last6"]
    else:
        kinds = []
    return [Lookup(kind, number.upper(), named=name) for kind in kinds] + _document(compact)


def _name(name: str, born_from: dt.date | None, born_to: dt.date | None) -> list[Lookup]:
    if _CHINESE.match(name):
        if len(name) == 1:
            kinds = [("surname", name), ("name", name)]
        else:
            kinds = [("name", name), ("inside", name)]
    elif _LATIN.match(name):
        letters = name.replace("'", "")
        kinds = []
        if 2 <= len(letters) <= 8:
            kinds.append(("initials", letters))
        if len(letters) >= 2:
            kinds.append(("pinyin", letters))
        if len(letters) >= 3:
            kinds.append(("pinyin_prefix", letters))
    else:
        kinds = []
    return [Lookup(kind, term, born_from, born_to) for kind, term in kinds]


def _document(compact: str) -> list[Lookup]:
    """A passport or another document with letters in it."""
    return [Lookup("id", compact.upper())] if re.fullmatch(r"[0-9a-z一-龥]{5,40}", compact) else []


def _digits(number: str) -> list[Lookup]:
    size = len(number)
    found: list[Lookup] = []
    if size >= 15 or number.startswith("LS"):
        found.append(Lookup("id", number))
    if size == 17:
        found = [Lookup("record_no", number), Lookup("alias", number), *found]
    if number.isdigit() and 7 <= size <= 13:
        found.append(Lookup("phone", number))
    if size == 8 and number.isdigit():
        if day := _day(number):
            found.append(Lookup("birth", "", day, day))
        found.append(Lookup("record_no_last8", number))
    if 5 <= size < 15 and size != 6:
        found.append(Lookup("id", number))
    if size == 6:
        found.append(Lookup("id_last6", number))
    if size == 4:
        found.append(Lookup("id_last4", number))
        if number.isdigit():
            found.append(Lookup("phone_last4", number))
    return found


def _day(number: str) -> dt.date | None:
    try:
        day = dt.date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except ValueError:
        return None
    return day if 1850 <= day.year <= 2100 else None
