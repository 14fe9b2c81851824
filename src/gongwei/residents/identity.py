"""Identity documents (records.md §3): what a number says, whether it can be one. Pure.

GB 11643-1999: 6 digits area, 8 digits birth date, 3 digits sequence (odd: male), 1 check character.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import lru_cache

from gongwei.residents import typed_text
from gongwei.residents.typed_text import BadText

RESIDENT_CARD, HOUSEHOLD_BOOK, PASSPORT, OFFICER, DRIVING = "01", "02", "03", "04", "05"
HK_MACAO_PERMIT, TAIWAN_PERMIT, BIRTH_CERTIFICATE = "06", "07", "08"
FOREIGN_PERMANENT, NEWBORN, HMT_RESIDENCE, OTHER = "15", "16", "17", "99"

MALE, FEMALE = "1", "2"
#: Above this age a number is accepted with a warning (QA007 [?] 120).
OLDEST_PLAUSIBLE = 120

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_EIGHTEEN = re.compile(r"^[0-9]{17}[0-9X]$")
_FIFTEEN = re.compile(r"^[0-9]{15}$")
_OLD_FOREIGN = re.compile(r"^[A-Z]{3}[0-9]{12}$")
_OTHER_DOCUMENT = re.compile(r"^[0-9A-Z一-龥()/\-号字第]{3,40}$")
_TEMPORARY = re.compile(r"^LS[0-9]{6}[0-9]{8}[0-9]{5}[0-9X]$")
#: First two digits of the area code: provinces, 81–83 for residents of Hong Kong, Macao and Taiwan, and 66, which
#: belongs to no province and is kept for demonstration counties.
_PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        [66, 71, 81, 82, 83],
    )
    for code in codes
)


@dataclass(frozen=True)
class IdNumber:
    """A document number that can be one.

    `number` is normalised; birth date and sex are None where the document does not say. `original` is the
    15-digit number it was converted from, to be kept in the history.
    """

    id_type: str
    number: str
    birth_date: dt.date | None = None
    sex: str | None = None
    original: str | None = None
    warnings: tuple[str, ...] = field(default=())


def check_character(first_17: str) -> str:
    """Return the check character of GB 11643 for 17 digits: r = Σ aᵢ·wᵢ mod 11."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Return completed years of age (实足年龄) on a day; negative before birth."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


@lru_cache(maxsize=2_048)
def parse_id_number(text: object, *, on: dt.date) -> IdNumber:
    """Read a 公民身份号码 of 18 or 15 characters; `on` is the day it is read (for age and future dates).

    Raises BadText naming what is wrong: length, characters, check character, birth date.
    """
    number = typed_text.number(text, "身份证号").replace("-", "")
    original = None
    if _FIFTEEN.match(number):
        original, body = number, number[:6] + "19" + number[6:]
        number = body + check_character(body)
    if not _EIGHTEEN.match(number):
        if len(number) != 18:
            raise BadText(f"身份证号应为18位（旧证15位），现为{len(number)}位。", "id_length")
        raise BadText("身份证号前17位应为数字，末位为数字或X。", "id_characters")
    try:
        birth_date = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadText(f"身份证号中的出生日期“{number[6:14]}”不存在。", "id_date") from None
    if check_character(number[:17]) != number[17]:
        raise BadText("身份证号校验位不对，请核对原件。", "id_check_digit")
    if birth_date > on:
        raise BadText(f"身份证号中的出生日期 {birth_date} 晚于今天。", "id_future")
    warnings = []
    if number[:2] not in _PROVINCES and number[0] != "9":
        warnings.append(f"身份证号前两位“{number[:2]}”不是省级代码，请核对。")
    if age_on(birth_date, on) > OLDEST_PLAUSIBLE:
        warnings.append(f"按身份证号已{age_on(birth_date, on)}岁，请核对。")
    if original:
        warnings.append("15位旧号码已换算为18位，旧号码留存在证件历史中。")
    sex = MALE if int(number[16]) % 2 else FEMALE
    return IdNumber(RESIDENT_CARD, number, birth_date, sex, original, tuple(warnings))


def parse_document(id_type: str, text: object, *, on: dt.date) -> IdNumber:
    """Read the number of any kind of document; only kinds that carry the GB check are checked (records.md §3).

    Raises BadText.
    """
    if id_type == RESIDENT_CARD:
        return parse_id_number(text, on=on)
    number = typed_text.number(text, "证件号码")
    if id_type in {HMT_RESIDENCE, FOREIGN_PERMANENT}:
        return _residence_permit(id_type, number, on)
    if not _OTHER_DOCUMENT.match(number):
        raise BadText("证件号码应为3至40个字母、数字或汉字。", "document_characters")
    if number.startswith("LS") and not is_temporary(number):
        raise BadText("临时编号不完整或校验位不对。", "temporary_number")
    if is_temporary(number):
        return IdNumber(id_type, number, dt.date(int(number[8:12]), int(number[12:14]), int(number[14:16])))
    return IdNumber(id_type, number)


def _residence_permit(id_type: str, number: str, on: dt.date) -> IdNumber:
    if id_type == FOREIGN_PERMANENT and _OLD_FOREIGN.match(number):
        return IdNumber(id_type, number)
    prefixes = ("810000", "820000", "830000") if id_type == HMT_RESIDENCE else ("9",)
    if not _EIGHTEEN.match(number) or not number.startswith(prefixes):
        what = "港澳台居民居住证号码应为18位，以810000、820000或830000开头。"
        if id_type == FOREIGN_PERMANENT:
            what = "外国人永久居留身份证号码应为以9开头的18位，或3个字母加12位数字（旧证）。"
        raise BadText(what, "document_characters")
    read = parse_id_number(number, on=on)
    return IdNumber(id_type, number, read.birth_date, read.sex, None, read.warnings)


def temporary_number(county: str, birth_date: dt.date, serial: int) -> str:
    """Return the number of somebody without a document: LS + county + birth date + serial + check character.

    Raises ValueError when the serial (1–99999) is used up.
    """
    if not 1 <= serial <= 99_999:
        raise ValueError("temporary serial out of range")
    body = f"{county}{birth_date:%Y%m%d}{serial:05d}"
    return f"LS{body}{_CHECKS[sum(int(d) * (2 << i) for i, d in enumerate(reversed(body))) % 11]}"


def is_temporary(number: str) -> bool:
    """Whether a number is one of ours for people without a document, with a right check character and date."""
    if not _TEMPORARY.match(number):
        return False
    body = number[2:-1]
    try:
        dt.date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    except ValueError:
        return False
    return number[-1] == _CHECKS[sum(int(d) * (2 << i) for i, d in enumerate(reversed(body))) % 11]


def masked(number: str | None) -> str:
    """Return a number as screens show it: first six and last four (last four of short ones), stars between."""
    if not number:
        return ""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return "*" * max(len(number) - 4, 0) + number[-4:]
