"""The 12-digit division code (统计用区划代码): how it is read, nested and turned into record-number segments. Pure.

Digits 1–2 province, 3–4 city, 5–6 county (GB/T 2260), 7–9 township (GB/T 10114), 10–12 village. What is unused is
zero, and no level may be used above which one is zero; only a city without counties (东莞 441900) has townships
straight below it. Source: 《统计用区划代码和城乡划分代码编制规则》; records.md §2.
"""

import unicodedata
from collections.abc import Container

from gongwei.base import problems

# level: (the factor its own digits start at, how many keys lie below it)
_WIDTHS = (
    ("village", 1),
    ("township", 10**3),
    ("county", 10**6),
    ("city", 10**8),
    ("province", 10**10),
)
_WIDTH = dict(_WIDTHS)
_PROVINCES = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82),
    66,  # assigned to no province: the demonstration county lives there
)

# 城乡分类代码: 1xx is town, 2xx is country.
URBAN_RURAL = {
    "111": "主城区",
    "112": "城乡结合区",
    "121": "镇中心区",
    "122": "镇乡结合区",
    "123": "特殊区域",
    "210": "乡中心区",
    "220": "村庄",
}


def parse(text: str, *, field: str = "code") -> int:
    """Read a division code; full-width digits and spaces are normalised.

    Raises problems.Refused with the reason: wrong length, unknown province, a used level below an unused one.
    """
    digits = "".join(unicodedata.normalize("NFKC", text).split())
    if len(digits) != 12 or not digits.isascii() or not digits.isdigit():
        raise _refused(f"区划代码应为 12 位数字，现为“{digits}”", field)
    if int(digits[:2]) not in _PROVINCES:
        raise _refused(f"区划代码前两位“{digits[:2]}”不是省级代码", field)
    city, county, township, village = digits[2:4], digits[4:6], digits[6:9], digits[9:]
    if city == "00" and digits[4:] != "00000000":
        raise _refused("区划代码第 3–4 位（市级）为 00 时，其后各位应全为 0", field)
    if county == "00" and township == "000" and village != "000":
        raise _refused("区划代码第 5–9 位为 0 时，其后各位应全为 0", field)
    if township == "000" and village != "000":
        raise _refused("区划代码第 7–9 位（乡级）为 000 时，第 10–12 位（村级）应为 000", field)
    return int(digits)


def _refused(message: str, field: str) -> problems.Refused:
    return problems.Refused(f"{message}。", field=field, code="division_code", hint="请核对统计用区划代码。")


def text(key: int) -> str:
    """The code as 12 digits."""
    return f"{key:012d}"


def level(key: int) -> str:
    """`province`, `city`, `county`, `township` or `village`, told from the zeros at the end."""
    if key % 10**3:
        return "village"
    if key % 10**6:
        return "township"
    if key % 10**8:
        return "county"
    return "city" if key % 10**10 else "province"


def last(key: int) -> int:
    """The greatest code inside the area; a village is its own."""
    return key + _WIDTH[level(key)] - 1


def ancestors(key: int) -> tuple[int, ...]:
    """The codes above, nearest first; a level that the code leaves out (东莞) is left out too."""
    above = (key // width * width for _, width in _WIDTHS[1:])
    return tuple(dict.fromkeys(code for code in above if code != key))


def parent(key: int) -> int | None:
    """The code right above; None for a province."""
    return next(iter(ancestors(key)), None)


def county_range(key: int) -> tuple[int, int]:
    """The range of the county an area lies in; of the area itself when it stands above counties."""
    own = level(key)
    if own in {"province", "city"}:
        return key, last(key)
    low = key // 10**6 * 10**6
    return low, low + 10**6 - 1


def is_urban(key: int) -> bool:
    """Whether a village-level code is a 居民委员会 (or like one), or a township-level code a 街道.

    Villages: 001–199 居民委员会, 200–399 村民委员会, 400–499 类似居委会, 500–599 类似村委会. Townships: 001–099 街道.
    """
    if level(key) == "village":
        own = key % 10**3
        return own <= 199 or 400 <= own <= 499
    if level(key) == "township":
        return key // 10**3 % 10**3 <= 99
    return False


def check_kind(key: int, *, field: str = "code") -> None:
    """Refuse a township or village number that the coding rule does not know (600 and above)."""
    if level(key) == "village" and key % 10**3 >= 600:
        raise _refused(
            "村级代码应在 001–199（居委会）、200–399（村委会）、400–599（类似居、村委会）之内", field
        )
    if level(key) == "township" and key // 10**3 % 10**3 >= 600:
        raise _refused(
            "乡级代码应在 001–099（街道）、100–199（镇）、200–399（乡）、400–599（类似乡级单位）之内", field
        )


def segment_range(key: int) -> range:
    """The numbers segment 3 of the record number allows for a village (records.md §2): 居委会 001–099, 村委会 101–199."""
    own = key % 10**3
    if own >= 400:
        return range(901, 1000)
    return range(1, 100) if own <= 199 else range(101, 200)


def record_segment(key: int, taken: Container[str] = ()) -> str | None:
    """Propose the record-number segment: digits 7–9 for a township; for a village the nearest free of its range.

    Segment 3 is not the statistical number: 居委会 001 keeps 001, 村委会 201 becomes 101. `taken` are the segments
    of the other villages of the township. None above townships.
    Raises problems.Refused when the range is used up.
    """
    own = level(key)
    if own == "township":
        return f"{key // 10**3 % 10**3:03d}"
    if own != "village":
        return None
    allowed = segment_range(key)
    wished = allowed.start + (key % 100 - allowed.start % 100) % 100
    for number in (wished, *allowed):
        if number in allowed and f"{number:03d}" not in taken:
            return f"{number:03d}"
    raise problems.Refused(
        f"本乡镇 {allowed[0]:03d}–{allowed[-1]:03d} 的档案编号段已用完。",
        field="record_segment",
        code="segment",
    )


def check_segment(key: int, segment: str) -> None:
    """Refuse a segment the record number could not carry for this area.

    A township takes any three digits but 000; a village the range of 居委会, of 村委会 or of 其他组织 (901–999).
    """
    right_form = len(segment) == 3 and segment.isascii() and segment.isdigit()
    if level(key) == "village":
        number = int(segment) if right_form else 0
        if 1 <= number <= 99 or 101 <= number <= 199 or 901 <= number <= 999:
            return
        message = "档案编号第三段应为 001–099（居委会）、101–199（村委会）或 901–999（其他组织）。"
    else:
        if right_form and segment != "000":
            return
        message = "档案编号第二段应为三位数字，且不为 000。"
    raise problems.Refused(message, field="record_segment", code="segment")
