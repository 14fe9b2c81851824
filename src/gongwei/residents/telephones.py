"""Telephone numbers as stored: digits only, area code kept, extension after an x (QA012). Pure."""

import re

from gongwei.residents import typed_text
from gongwei.residents.typed_text import BadText

_MOBILE = re.compile(r"^1[3-9][0-9]{9}$")
_FIXED = re.compile(r"^0(10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}$")
_LOCAL = re.compile(r"^[2-9][0-9]{6,7}$")
_EXTENSION = re.compile(r"(?:转|EXT\.?|X|-)([0-9]{1,6})$")


def normalise(text: object, label: str = "电话") -> str:
    """Return a number as stored: `13800138000`, `051887654321`, `051887654321x102`; empty stays empty.

    Raises BadText for a number that is neither an 11-digit mobile number nor a fixed line.
    """
    if text is None:
        return ""
    typed = re.sub(r"^(\+|00)86-?", "", re.sub(r"[()]", "", typed_text.number(text, label)))
    if not typed:
        return ""
    extension = ""
    found = _EXTENSION.search(typed)
    digits = re.sub(r"[-—–]", "", typed)
    if found and (not digits.isdigit() or len(digits) > 12):
        extension, digits = f"x{found[1]}", re.sub(r"[-—–]", "", typed[: found.start()])
    if not digits.isascii() or not digits.isdigit():
        raise BadText(f"{label}只能含数字、区号横线和分机号。", "phone_characters")
    if not (_MOBILE.match(digits) or _FIXED.match(digits) or _LOCAL.match(digits)):
        raise BadText(f"{label}应为11位手机号，或带区号的固定电话，现为{len(digits)}位数字。", "phone_format")
    if len(set(digits[-8:])) == 1:
        raise BadText(f"{label}是同一数字的重复，不是真实号码。", "phone_placeholder")
    return digits + extension


def warnings(number: str) -> list[str]:
    """Return what is doubtful about a stored number: a fixed line without area code."""
    return ["固定电话没有区号，建议补上。"] if _LOCAL.match(number.split("x")[0]) else []


def masked(number: str | None) -> str:
    """Return a number as screens show it: 138****8000."""
    if not number:
        return ""
    return (
        f"{number[:3]}{'*' * max(len(number) - 7, 0)}{number[-4:]}"
        if len(number) > 7
        else f"***{number[-4:]}"
    )
