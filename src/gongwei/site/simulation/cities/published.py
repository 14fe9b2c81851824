"""What the two cities published, and what a city must therefore hold.

`published.csv` is copied from the reference table of seed figures, not retyped (a test compares them). Where a city published a
count alone, what it is a part of is assumed: `ASSUMED` says so.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources

CITIES = {"wuxi": ("无锡市", 2018), "baotou": ("内蒙古自治区包头市", 2024)}


@dataclass(frozen=True)
class Figure:
    """One published figure about services to residents. denominator: published, or derived from count and rate."""

    place: str
    year: int
    title: str
    code: str
    numerator: int | None
    denominator: int | None
    rate: str
    unit: str

    def scaled(self, scale: Decimal) -> Figure:
        """The figure of a city of a part of the size; a rate as published belongs to the full size only."""
        if scale == 1:
            return self
        return Figure(
            self.place,
            self.year,
            self.title,
            self.code,
            part(self.numerator, scale),
            part(self.denominator, scale),
            "",
            self.unit,
        )


def part(number: int | None, scale: Decimal) -> int | None:
    """A count at a part of the size, rounded half up."""
    return None if number is None else int((number * scale).quantize(Decimal(1), ROUND_HALF_UP))


def figures(city: str, scale: Decimal = Decimal(1)) -> tuple[Figure, ...]:
    """What a city published, in the order of the sources. Raises KeyError for a city not known."""
    place, year = CITIES[city]
    text = resources.files(__package__).joinpath("published.csv").read_text(encoding="utf-8")
    return tuple(
        Figure(
            place,
            year,
            row["indicator"],
            row["indicator_code"],
            _number(row["numerator"]),
            _number(row["denominator"] or row["derived_denominator"]),
            row["published_rate"],
            row["unit"],
        ).scaled(scale)
        for row in csv.DictReader(text.splitlines())
        if (row["place"], row["year"]) == (place, str(year))
    )


def _number(text: str) -> int | None:
    return int(text) if text else None


@dataclass(frozen=True)
class Wanted:
    """How many residents of each kind a city has; all on the last day of the year or in it.

    on_file: records on file; basic: of these with a complete 个人基本信息表; used: of these in use. older: residents of 65 and more
    who count; older_examined, older_managed: of these examined, and with a complete exam and guidance. hypertensive, diabetic:
    managed in the year; ..._by_norm: by the norm. population: residents as published.
    """

    year: int
    population: int
    on_file: int
    basic: int
    used: int
    older: int
    older_examined: int
    older_managed: int
    hypertensive: int
    hypertensive_by_norm: int
    diabetic: int
    diabetic_by_norm: int


#: Shares where nothing is published [D]: of records on file those with a complete form and those in use, of the older those
#: examined, of the examined those complete, of patients on the books those managed by the norm. None of them is compared.
ASSUMED = {
    "basic": Decimal("0.9"),
    "with_basic": Decimal("0.945"),
    "used": Decimal("0.58"),
    "examined": Decimal("0.70"),
    "managed": Decimal("0.965"),
    "hypertension": Decimal("0.75"),
    "diabetes": Decimal("0.73"),
}


def wanted(city: str, scale: Decimal = Decimal(1)) -> Wanted:
    """What the city must hold for its figures, at a part of its size."""
    known = {each.code: each for each in figures(city, scale)}

    def of(code: str) -> tuple[int | None, int | None]:
        found = known.get(code)
        return (None, None) if found is None else (found.numerator, found.denominator)

    on_file, population = of("record_rate")
    basic, covered = of("erecord_std_coverage")
    if on_file is None:
        on_file, population = _whole(basic, "with_basic"), covered
    examined, _ = of("elderly_exam_count")
    managed, older = of("elderly_std_rate")
    if examined is None:
        examined = _whole(managed, "managed")
    by_norm, hypertensive = of("htn_std_rate")
    dm_by_norm, diabetic = of("dm_std_rate")
    by_norm = by_norm if by_norm is not None else of("htn_standard_count")[0]
    dm_by_norm = dm_by_norm if dm_by_norm is not None else of("dm_standard_count")[0]
    used, _ = of("record_use_rate")
    return Wanted(
        CITIES[city][1],
        population or 0,
        on_file,
        basic if basic is not None else _share(on_file, "basic"),
        used if used is not None else _share(on_file, "used"),
        older if older is not None else _whole(examined, "examined"),
        examined,
        managed if managed is not None else _share(examined, "managed"),
        hypertensive if hypertensive is not None else _whole(by_norm, "hypertension"),
        by_norm or 0,
        diabetic if diabetic is not None else _whole(dm_by_norm, "diabetes"),
        dm_by_norm or 0,
    )


def _share(whole: int, code: str) -> int:
    return int(whole * ASSUMED[code])


def _whole(share: int | None, code: str) -> int:
    return int((share or 0) / ASSUMED[code])
