"""Text as people type it, made one way: full width to half width, odd spaces out, nothing guessed. Pure."""

import datetime as dt
import re
import unicodedata

_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_DATE = re.compile(r"^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$|^(\d{4})(\d{2})(\d{2})$")
_FLOAT = re.compile(r"^\d+(\.\d+)?[eE]\+?\d+$|^\d+\.0*$")


class BadText(ValueError):
    """Typed text that cannot be taken; the message is Chinese, `code` is stable."""

    def __init__(self, message: str, code: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.code, self.hint = message, code, hint


def plain(text: object, label: str) -> str:
    """Return a text in half width without surrounding space.

    Raises BadText for what is no text (a number from a spreadsheet cell is not an ID number) and for control
    characters.
    """
    if not isinstance(text, str):
        raise BadText(f"{label}应为文本。", "not_text")
    if text.isascii() and text.isprintable():  # nearly all: nothing to normalise, nothing to look for
        return text.strip()
    normal = unicodedata.normalize("NFKC", text)
    if not normal.isprintable() and any(
        unicodedata.category(character) == "Cc" and character not in "\t\r\n" for character in normal
    ):
        raise BadText(f"{label}含有控制字符。", "control_character")
    return normal.strip()


def number(text: object, label: str) -> str:
    """Return a number typed with spaces, dashes or full-width digits as plain characters, letters in upper case.

    Raises BadText when a spreadsheet has already destroyed it (1.10101E+17): it is never repaired.
    """
    normal = _SPACES.sub("", plain(text, label))
    if _FLOAT.match(normal):
        raise BadText(
            f"{label}已被电子表格改成数值“{normal}”，原号码已丢失。",
            "destroyed_by_spreadsheet",
            "请把该列设为文本格式后按原件重新录入。",
        )
    return normal.upper()


def day(value: object, label: str) -> dt.date:
    """Return a date from a date or from text: 1977-11-25, 1977.11.25, 1977/11/25, 19771125, 1977年11月25日.

    Raises BadText for anything else: an integer is no date, and a day that is not in the calendar is refused.
    """
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = _SPACES.sub("", plain(value, label))
    found = _DATE.match(text)
    if not found:
        raise BadText(f"{label}“{text}”不是日期。", "not_a_date", "请写成 1977-11-25 的样子。")
    year, month, of_month = (int(part) for part in found.groups() if part is not None)
    try:
        return dt.date(year, month, of_month)
    except ValueError:
        raise BadText(f"{label}“{text}”不是日历上的日期。", "no_such_day") from None


def person_name(text: object, label: str = "姓名") -> str:
    """Return a person's name: no space inside a Chinese name, one kind of middle dot.

    Raises BadText when it is empty, too long (50 characters) or holds digits (QA025).
    """
    normal = _SPACES.sub(" ", plain(text, label))
    if re.search(r"[\u3400-\u9fff]", normal):
        normal = re.sub(r"\s*[·•‧∙・.．]\s*", "·", normal).replace(" ", "")
    if not normal:
        raise BadText(f"{label}不能为空。", "required")
    if len(normal) > 50:
        raise BadText(f"{label}不能超过50个字。", "too_long")
    if any(character.isdigit() for character in normal):
        raise BadText(f"{label}“{normal}”含有数字。", "name_has_digits")
    if not any(character.isalpha() for character in normal):
        raise BadText(f"{label}“{normal}”不是姓名。", "not_a_name")
    return normal


_TEST_WORDS = ("测试", "无名氏", "不详", "未知", "test")


def name_warnings(name: str) -> list[str]:
    """Return what looks wrong about a name without being refused (QA025)."""
    warnings = []
    if len(name) == 1:
        warnings.append("姓名只有一个字，请核对。")
    if len(name) > 20:
        warnings.append("姓名超过20个字，请核对。")
    if any(word in name.lower() for word in _TEST_WORDS):
        warnings.append("姓名像是占位或测试内容，请核对。")
    return warnings
