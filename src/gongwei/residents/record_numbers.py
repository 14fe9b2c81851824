"""The 17-digit record number (居民健康档案编号, records.md §2). Pure.

County 6, township 3, village 3 (001–099 neighbourhood committee, 101–199 village committee, 901–999 other), serial 5.
"""

import re

from gongwei.residents.typed_text import BadText

_PATTERN = re.compile(r"^\d{6}\d{3}(0(?!00)\d{2}|1(?!00)\d{2}|9(?!00)\d{2})\d{5}$", re.ASCII)
LAST_SERIAL = 99_999


class SeriesExhausted(Exception):
    """All 99 999 serials of a segment are given; a person decides what follows, the number never wraps."""


def validate(number: str) -> str:
    """Return a valid record number.

    Raises BadText saying which part is wrong.
    """
    if len(number) != 17 or not (number.isascii() and number.isdigit()):
        raise BadText(f"档案编号应为17位数字，现为{len(number)}位。", "record_no_length")
    if not _PATTERN.match(number):
        raise BadText(
            f"档案编号第三段“{number[9:12]}”不在 001–099、101–199、901–999 之内。", "record_no_segment"
        )
    if number[12:] == "00000":
        raise BadText("档案编号的顺序号不能为00000。", "record_no_serial")
    return number


def segment(county: str, township_segment: str, village_segment: str) -> str:
    """Return the first twelve digits, checked."""
    joined = f"{county}{township_segment}{village_segment}"
    validate(joined + "00001")
    return joined


def compose(segment_12: str, serial: int) -> str:
    """Return the number of a serial in a segment.

    Raises SeriesExhausted past 99999, BadText for a wrong segment.
    """
    if serial > LAST_SERIAL:
        raise SeriesExhausted(segment_12)
    return validate(f"{segment_12}{serial:05d}")


def following(number: str) -> str:
    """Return the number after this one in its segment; raises SeriesExhausted at the end."""
    validate(number)
    return compose(number[:12], int(number[12:]) + 1)


def printed(number: str) -> str:
    """Return what paper forms show: the last eight digits as □□□-□□□□□."""
    return f"{number[9:12]}-{number[12:]}"
