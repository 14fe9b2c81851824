"""What a cell of a spreadsheet says, read strictly: nothing is repaired, nothing is guessed.

A raw cell is what the reader gives: text, a number (whole ones too come as float), a truth, a day or a moment. Excel keeps
15 digits of a number: a longer one is already destroyed and is refused with the reason (reliability.md §4).
"""

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Any

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
    if _CONTROLS(found):
        raise Unreadable(f"“{label}”含有不能保存的字符", "control_character")
    return unicodedata.normalize("NFC", found)


def narrow(raw: Raw, label: str) -> str:
    """A cell of a code or a number: full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", words(raw, label)).strip()


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
        return typed_text.number(words(raw, label), label)
    except typed_text.BadText as bad:
        raise Unreadable(bad.message.rstrip("。"), bad.code, bad.hint or "") from None


def day(raw: Raw, label: str) -> dt.date:
    """A day: a date cell, 1977-11-25, 1977.11.25, 1977/11/25, 19771125, 1977年11月25日, or Excel's own day number."""
    if isinstance(raw, dt.datetime):
        if raw.time() == dt.time():
            return raw.date()
        raise Unreadable(f"“{label}”应为日期，不应带时刻", "shape", "请写成 1977-11-25 的样子。")
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if raw == int(raw) and SERIAL_FROM <= raw <= SERIAL_TO:
            return _SERIAL_ZERO + dt.timedelta(days=int(raw))
        if raw == int(raw) and 10_000_101 <= raw <= 99_991_231:
            raw = str(int(raw))
        else:
            raise Unreadable(f"“{label}”的“{shown(raw)}”不是日期", "shape", "请写成 1977-11-25 的样子。")
    text = narrow(raw, label)
    if text.endswith(" 00:00:00"):
        text = text.removesuffix(" 00:00:00")
    try:
        return typed_text.day(text, f"“{label}”")
    except typed_text.BadText as bad:
        raise Unreadable(
            bad.message.rstrip("。"), "shape", bad.hint or "请写成 1977-11-25 的样子。"
        ) from None


def amount(raw: Raw, label: str) -> Decimal:
    """A number; what Excel adds in the 16th digit is not part of it."""
    if isinstance(raw, bool | dt.date | dt.time | dt.timedelta):
        raise Unreadable(
            f"“{label}”应为数字", "shape", "单元格可能被Excel当成了日期，请设为“常规”格式后重新录入。"
        )
    if isinstance(raw, int | float):
        if raw != raw or raw in (float("inf"), float("-inf")):
            raise Unreadable(f"“{label}”应为数字", "shape")
        return Decimal(f"{raw:.15g}")
    text = narrow(raw, label).replace(",", "")
    body = text.lstrip("+-")
    if not body.replace(".", "", 1).isdigit() or not body.isascii() or len(text) > 20:
        raise Unreadable(f"“{label}”应为数字", "shape", "只填数字，不要带单位。")
    return Decimal(text)


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
