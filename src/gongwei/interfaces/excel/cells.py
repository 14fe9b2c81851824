"""What a cell of a spreadsheet says, read strictly: nothing is repaired, nothing is guessed.

A raw cell is what the reader gives: text, a number (whole ones too come as float), a truth, a day or a moment. Excel keeps
15 digits of a number: a longer one is already destroyed and is refused with the reason (reliability.md §4).
"""

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gongwei.residents import typed_text

Raw = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

#: Days a bare number in a day's column may stand for, as Excel counts them: 1930-01-01 to 2099-12-31. A smaller number is
#: far more likely a year or an age typed into the wrong column.
SERIAL_FROM, SERIAL_TO = 10_959, 73_050
_SERIAL_ZERO = dt.date(1899, 12, 30)
_ERRORS = {
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
}
_EXACT_BELOW = 10**15
#: Control characters (category Cc) but for the end of a line and the tab.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]").search


class Unreadable(ValueError):
    """A cell that cannot be taken; message and hint are Chinese, `code` is stable."""

    def __init__(self, message: str, code: str = "shape", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.code, self.hint = message, code, hint


def is_empty(raw: Raw) -> bool:
    """Whether nothing stands in the cell; spaces are nothing."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def shown(raw: Raw) -> str:
    """The cell as a person sees it, for messages and for the file that goes back."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, int | float):
        return _digits(raw)
    return raw.isoformat(" ") if isinstance(raw, dt.datetime) else str(raw)


def _digits(raw: int | float) -> str:
    if abs(raw) >= _EXACT_BELOW:
        return f"{raw:.5E}"
    return f"{Decimal(f'{raw:.15g}'):f}"


def words(raw: Raw, label: str) -> str:
    """A cell of words. A number typed into it is taken as its digits; a destroyed one is refused."""
    if isinstance(raw, bool):
        raise Unreadable(f"“{label}”应为文字", "shape")
    if isinstance(raw, int | float) and abs(raw) >= _EXACT_BELOW:
        raise destroyed(raw, label)
    found = shown(raw).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()
    if found in _ERRORS:
        raise Unreadable(f"“{label}”的单元格公式出错（{found}）", "formula_error", "请改为具体的内容。")
    if "\ufffd" in found:
        raise Unreadable(f"“{label}”含有乱码", "garbled", "原文件在转存时已损坏，请重新导出。")
    if _CONTROLS(found):
        raise Unreadable(f"“{label}”含有不能保存的字符", "control_character")
    return unicodedata.normalize("NFC", found)


def narrow(raw: Raw, label: str) -> str:
    """A cell of a code or a number: full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", words(raw, label)).strip()


def narrow_or(raw: str) -> str:
    """A cell with full-width signs as plain ones, for comparison; whatever else is in it."""
    return unicodedata.normalize("NFKC", raw).strip()


def destroyed(raw: Raw, label: str) -> Unreadable:
    """Why a long number kept by Excel as a number is refused."""
    return Unreadable(
        f"“{label}”已被Excel存成数值“{shown(raw)}”，后几位数字已丢失",
        "destroyed_by_spreadsheet",
        "请先把该列设为“文本”格式，再按原件重新录入。",
    )


def long_number(raw: Raw, label: str) -> str:
    """An identity or record number: as text, never as a number Excel has rounded. 15 digits and fewer are still whole."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if abs(raw) >= _EXACT_BELOW or raw != int(raw):
            raise destroyed(raw, label)
        return str(int(raw))
    try:
        # A mark in front keeps a number a text in Excel; some programs write it out.
        return typed_text.number(words(raw, label).lstrip("'`‘’"), label)
    except typed_text.BadText as bad:
        raise Unreadable(bad.message.rstrip("。"), bad.code, bad.hint or "") from None


_SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A day and a time of day: what systems write where they keep moments.
_MOMENT = re.compile(
    r"(?P<day>\d{4}\D\d{1,2}\D\d{1,2}[日号]?|\d{8})\s*[T ]?\s*(?P<time>\d{1,2}(:|时)\d{1,2}((:|分)\d{1,2}(\.\d+)?)?[分秒]?)"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
#: Milliseconds since 1970 as older programs write them: /Date(249264000000+0800)/.
_MILLISECONDS = re.compile(r"/?Date\((?P<number>-?\d{1,14})([+-]\d{4})?\)/?")
_FIVE_DIGITS = re.compile(r"\d{5}(\.\d+)?")
#: 20240310091522, the time stamp of many databases.
_STAMP = re.compile(r"(\d{8})([01]\d|2[0-3])[0-5]\d[0-5]\d")
_SHORT_YEAR = re.compile(r"\d{2}\D\d{1,2}\D\d{1,2}日?|\d{6}")
_YEAR_LAST = re.compile(r"\d{1,2}\D\d{1,2}\D\d{4}")
_NO_DAY = re.compile(r"\d{4}(\D\d{1,2}月?|年)?")
_WRITE_SO = "请写成 1977-11-25 的样子。"


def day(raw: Raw, label: str) -> dt.date:
    """A day: a date cell, 1977-11-25, 1977.11.25, 1977/11/25, 19771125, 1977年11月25日, or Excel's own day number.

    A time of day behind a whole day is left out; a moment with a zone is taken as the day it was in China. A year of two
    digits, a month without a day and a day before its year are refused: which day is meant would be a guess.
    """
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if SERIAL_FROM <= raw < SERIAL_TO + 1:
            return _SERIAL_ZERO + dt.timedelta(days=int(raw))
        if raw == int(raw) and (10_000_101 <= raw <= 99_991_231 or 10**13 <= raw < 10**14):
            raw = str(int(raw))
        else:
            raise Unreadable(f"“{label}”的“{shown(raw)}”不是日期", "shape", _WRITE_SO)
    text = narrow(raw, label).removesuffix(".0")
    stamp = _STAMP.fullmatch(text)
    if stamp:
        text = stamp[1]
    found = _of_moment(text)
    if found is not None:
        return found
    if _FIVE_DIGITS.fullmatch(text) and SERIAL_FROM <= float(text) < SERIAL_TO + 1:
        if text[:2] in ("19", "20"):
            raise Unreadable(
                f"“{label}”的“{text}”可能是年月，也可能是Excel的日期数值，不能确定", "shape", _WRITE_SO
            )
        return _SERIAL_ZERO + dt.timedelta(days=int(float(text)))
    for pattern, why in (
        (_SHORT_YEAR, "年份只有两位，或缺少日，不能确定是哪一天"),
        (_YEAR_LAST, "年份应写在最前"),
        (_NO_DAY, "没有写到日"),
    ):
        if pattern.fullmatch(text):
            raise Unreadable(f"“{label}”的“{text}”{why}", "shape", _WRITE_SO)
    try:
        return typed_text.day(text.replace("号", "日"), f"“{label}”")
    except typed_text.BadText as bad:
        raise Unreadable(bad.message.rstrip("。"), "shape", bad.hint or _WRITE_SO) from None


def _of_moment(text: str) -> dt.date | None:
    """The day of a text that is a moment; None for one that is none, or none of the calendar."""
    counted = _MILLISECONDS.fullmatch(text)
    if counted:
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(counted["number"]))
        return moment.astimezone(_SHANGHAI).date()
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    hour, minute, second = (
        [int(each) for each in re.split(r"\D+", found["time"].partition(".")[0]) if each] + [0]
    )[:3]
    try:
        whole = typed_text.day(found["day"].replace("号", "日"), "")
        moment = dt.datetime.combine(whole, dt.time(hour, minute, second))
        zone = found["zone"]
        if zone:
            return dt.datetime.fromisoformat(f"{moment.isoformat()}{zone}").astimezone(_SHANGHAI).date()
    except (typed_text.BadText, ValueError):
        return None
    return whole


#: The same unit as old systems write it. Another unit of the same thing (kPa, 斤) is none of these: nothing is converted.
_UNITS: dict[str, tuple[str, ...]] = {
    "mmHg": ("毫米汞柱", "mmhg柱", "mm汞柱"),
    "mmol/L": ("mmol", "毫摩尔/升"),
    "kg": ("公斤", "千克", "kgs"),
    "cm": ("厘米", "公分"),
    "kg/m²": ("kg/m2", "kg/㎡", "千克/平方米"),
    "次/分钟": ("次/分", "bpm", "次每分", "次每分钟"),
    "次/周": ("次每周",),
    "分钟/次": ("分/次", "min/次", "分钟每次"),
    "℃": ("°C", "度", "摄氏度"),
    "岁": ("周岁",),
    "U/日": ("U/d", "单位/日", "U/天"),
    "g/天": ("g/d", "克/天", "g/日", "克/日"),
    "μmol/L": ("umol/L", "µmol/L"),
    "×10⁹/L": ("×10^9/L", "x10^9/L", "*10^9/L", "10^9/L"),
    "g/L": ("克/升",),
    "支": ("支/天", "支/日"),
    "两": ("两/天", "两/日"),
    "分钟": ("min",),
    "天": ("日",),
}
_NUMBER_AND_UNIT = re.compile(r"([+-]?(?:\d[\d,]*)?(?:\.\d+)?)\s*([^\d.,\s].*)", re.DOTALL)


def _unit(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace(" ", "").strip(".。").casefold()


def amount(raw: Raw, label: str, unit: str = "") -> Decimal:
    """A number; what Excel adds in the 16th digit is not part of it. The field's own unit may stand behind it, no other."""
    if isinstance(raw, bool | dt.date | dt.time | dt.timedelta):
        raise Unreadable(
            f"“{label}”应为数字", "shape", "单元格可能被Excel当成了日期，请设为“常规”格式后重新录入。"
        )
    if isinstance(raw, int | float):
        if raw != raw or raw in (float("inf"), float("-inf")):
            raise Unreadable(f"“{label}”应为数字", "shape")
        return Decimal(f"{raw:.15g}")
    text = narrow(raw, label)
    behind = _NUMBER_AND_UNIT.fullmatch(text)
    if unit and behind and any(each.isdigit() for each in behind[1]):
        if _unit(behind[2]) not in {_unit(each) for each in (unit, *_UNITS.get(unit, ()))}:
            raise Unreadable(
                f"“{label}”的单位应为{unit}，现为“{behind[2]}”", "unit", f"请换算成{unit}后只填数字。"
            )
        text = behind[1]
    text = text.replace(",", "")
    body = text.lstrip("+-")
    if not body.replace(".", "", 1).isdigit() or not body.isascii() or len(text) > 20:
        raise Unreadable(f"“{label}”应为数字", "shape", "只填数字，不要带单位。")
    return Decimal(text)


#: What stands in a cell nobody has anything to write into: the stroke of the paper form (填表说明：不适用的项目划“/”), and
#: what databases write for nothing. A single "-" or 无 says something in some columns (尿蛋白 -, 症状 无): each kind of
#: column names what is empty in it.
STROKES = frozenset({"/", "//", "NULL", "null", "<NULL>", "\\N", "None"})
DASHES = frozenset({"-", "--", "—", "——", "－"})
NOT_DONE = frozenset({"未测", "未查", "未检", "未做", "未检测", "未检查"})
NONE = frozenset({"无"})


def as_json(raw: Raw) -> Any:
    """A raw cell as JSON keeps it; `from_json` gives it back."""
    if raw is None or isinstance(raw, str | bool | int | float):
        return raw
    if isinstance(raw, dt.datetime):
        return {"t": raw.isoformat()}
    if isinstance(raw, dt.date):
        return {"d": raw.isoformat()}
    return str(raw)


def from_json(value: Any) -> Raw:
    """See `as_json`."""
    if isinstance(value, dict):
        return dt.date.fromisoformat(value["d"]) if "d" in value else dt.datetime.fromisoformat(value["t"])
    return value
