"""Who a sheet is about: what stands above the table and in the items 1–11 of the forms, as plain values."""

import datetime as dt
from dataclasses import dataclass, fields
from functools import lru_cache

from gongwei.interfaces.print import layout

#: The parts of a record number: county, township, village, serial (records.md §2).
SEGMENTS = (6, 3, 3, 5)
SEX = "1男  2女  9未说明的性别  0未知的性别"
RESIDENCE = "1户籍  2非户籍"


@dataclass(frozen=True)
class Head:
    """A resident as the paper shows one. Identity number and telephones come whole only to those who may see them."""

    name: str = ""
    record_no: str = ""
    sex: str = ""
    birth_date: dt.date | None = None
    id_type: str = ""
    id_number: str = ""
    employer: str = ""
    phone: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    residence_type: str = ""
    address: str = ""
    hukou_address: str = ""
    township: str = ""
    village: str = ""
    organization: str = ""
    organization_phone: str = ""
    doctor: str = ""
    doctor_phone: str = ""
    filed_on: dt.date | None = None
    filed_by: str = ""
    filed_organization: str = ""


#: A form before it is filled.
EMPTY = Head()
_KEYS = {each.name for each in fields(Head)}
_WIDTHS = {
    "name": 20,
    "address": 60,
    "hukou_address": 60,
    "employer": 50,
    "id_number": 40,
    "organization": 50,
}


def number(head: Head) -> list[str]:
    """The record number in its four parts, `_` for each empty box."""
    text = head.record_no.ljust(sum(SEGMENTS), "_")
    parts, start = [], 0
    for length in SEGMENTS:
        parts.append(text[start : start + length])
        start += length
    return parts


@lru_cache(maxsize=4096)
def qr(text: str) -> str:
    """A QR code as SVG; read by a phone it gives the record number and nothing else of the person."""
    import io

    import segno

    out = io.BytesIO()
    # A mask of our choice reads as well on so short a code, and trying all eight takes most of the time of a sheet.
    segno.make(text, error="m", micro=False, mask=2).save(out, kind="svg", border=1, scale=1, xmldecl=False)
    return out.getvalue().decode()


def runs(head: Head, key: str) -> layout.Runs:
    """What stands on paper for one thing known about the resident. Raises KeyError for an unknown key."""
    if key not in _KEYS:
        raise KeyError(f"{key} is nothing a Head knows")
    value = getattr(head, key)
    if key == "sex":
        return (SEX, layout.box(value))
    if key == "residence_type":
        return (RESIDENCE, layout.box(value))
    if key == "birth_date":
        return _digits(f"{value:%Y%m%d}" if value else "________", (4, 2, 2))
    if key == "filed_on":
        return (layout.day(value),)
    return (layout.blank(str(value or ""), _WIDTHS.get(key, 24)),)


def _digits(text: str, lengths: tuple[int, ...]) -> layout.Runs:
    found: list[layout.Run] = []
    start = 0
    for length in lengths:
        found += [layout.box(digit.replace("_", "")) for digit in text[start : start + length]]
        found.append(" ")
        start += length
    return tuple(found[:-1])
