"""The shapes in which figures are handed to pages, the same for live figures and for frozen runs. Plain values, no Django."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

AREA, ORGANIZATION, DOCTOR = "area", "organization", "doctor"
#: Levels of a place: those of the division code, then organizations and doctors.
LEVELS = ("province", "city", "county", "township", "village", "organization", "doctor")

#: Sides of a figure a person can stand on: counted; eligible and not counted; left out for a named reason.
IN, OUT, EXCLUDED = "in", "out", "excluded"
SIDES = {IN: "达标", OUT: "未达标", EXCLUDED: "剔除"}

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure belongs: an area (key: 12 digits), an organization or a doctor (key: the id as text).

    `parent` is the place one step up in its own tree, None at the top.
    """

    kind: str
    key: str
    name: str
    level: str
    parent: str | None = None

    @property
    def area_key(self) -> int | None:
        """The division code of an area, None for the others."""
        return int(self.key) if self.kind == AREA else None

    @property
    def id(self) -> UUID | None:
        """The id of an organization or a doctor, None for an area."""
        return None if self.kind == AREA else UUID(self.key)


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """The published denominator a rate used: 常住人口, 管理任务数 ..., with where it comes from."""

    code: str
    value: int
    source: str = ""
    document: str = ""
    version: int | None = None
    approved_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of a measure at a place: the value (in the rate's unit), how to compare, and whose document says so."""

    value: Decimal
    op: str = ">="
    level: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure at one place in one period.

    denominator: persons counted below the line (for a published denominator: those the numerator is counted among).
    numerator: those with all parts. excluded: eligible but left out for a named reason. rate: in the measure's unit
    (`Measure.per`), to two decimals; None while there is nothing to divide by.
    """

    measure_code: str
    period_code: str
    place: Place
    denominator: int
    numerator: int
    excluded: int
    published: PublishedNumber | None = None
    rate: Decimal | None = None
    target: Goal | None = None

    @property
    def base(self) -> int:
        """What the numerator is divided by."""
        return self.denominator if self.published is None else self.published.value

    @property
    def missing(self) -> int:
        """How many are eligible and not counted."""
        return self.denominator - self.numerator


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person behind a figure: masked name, parts by their label (None: not known), and reasons in words."""

    resident_id: UUID
    name: str
    village: str
    doctor: str
    parts: Mapping[str, bool | None] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some persons of one side, how many there are in all, and where to go on (None: no more)."""

    lines: tuple[PersonLine, ...]
    total: int
    after: str | None = None


def rate(numerator: int, base: int | None, per: int = 100) -> Decimal | None:
    """The quotient in the measure's unit, rounded half up to two decimals; None without anything to divide by."""
    if not base:
        return None
    return (Decimal(numerator) * per / Decimal(base)).quantize(_HUNDREDTH, ROUND_HALF_UP)
