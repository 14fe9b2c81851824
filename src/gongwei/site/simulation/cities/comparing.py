"""Published figures beside those the measures make of a city's records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from gongwei import catalogue
from gongwei.catalogue import national_targets
from gongwei.language.measures import Published
from gongwei.measures import counting, figures, periods
from gongwei.site.simulation.cities.published import Figure

#: Services of figures whose programmes are still to come, where the national targets do not name them.
COMING = {
    "smi_standard_count": "严重精神障碍患者管理",
    "vaccine_timely_rate": "预防接种",
    "vaccine_cert_rate": "预防接种",
    "idr_timely_rate": "传染病和突发公共卫生事件报告和处理",
    "supervision_report_rate": "卫生监督协管",
    "contract_rate_all": "家庭医生签约",
    "contract_rate_key": "家庭医生签约",
    **dict.fromkeys(
        (
            "he_print_kinds",
            "he_print_copies",
            "he_av_kinds",
            "he_av_times",
            "he_boards",
            "he_lectures",
            "he_consults",
        ),
        "健康教育",
    ),
}


@dataclass(frozen=True)
class Line:
    """A published figure and what was computed for it.

    measure: code of the measure; empty while the programme is to come, which `service` then names. base: what the computed rate
    is divided by; `base_given`: it is the published number of residents, not a count of records.
    """

    figure: Figure
    measure: str = ""
    service: str = ""
    numerator: int = 0
    base: int | None = None
    base_given: bool = False
    rate: Decimal | None = None

    @property
    def open(self) -> bool:
        """No definition yet."""
        return not self.measure

    @property
    def differences(self) -> tuple[int, ...]:
        """Computed less published: of the count, and of what it is divided by where that was counted and published."""
        if self.open or self.figure.numerator is None:
            return ()
        found = [self.numerator - self.figure.numerator]
        if not self.base_given and self.figure.denominator is not None and self.base is not None:
            found.append(self.base - self.figure.denominator)
        return tuple(found)

    @property
    def rate_differs(self) -> bool:
        """The rate to two decimals is another one than was published."""
        if self.open or self.rate is None or not self.figure.rate:
            return False
        return self.rate != Decimal(self.figure.rate.rstrip("%"))


def measures_of(published: Iterable[Figure]) -> dict[str, str]:
    """The measure of each figure that has one, by the figure's code."""
    known = catalogue.current().measures_known_as
    return {each.code: known[each.code][0].code for each in published if each.code in known}


def sums(counted: Iterable[counting.Counted]) -> dict[str, tuple[int, int, int]]:
    """Denominator, numerator and excluded of each measure over all places."""
    found: dict[str, tuple[int, int, int]] = {}
    for each in counted:
        old = found.get(each.measure, (0, 0, 0))
        more = (each.denominator, each.numerator, each.excluded)
        found[each.measure] = tuple(int(a + b) for a, b in zip(old, more, strict=True))  # type: ignore[assignment]
    return found


def run(
    database: duckdb.DuckDBPyConnection, year: int, codes: Iterable[str] | None = None
) -> dict[str, tuple[int, int, int]]:
    """The measures (all of them) of a calendar year over the tables of a connection, by the path of a run."""
    period = periods.parse(str(year))
    counted, _ = counting.count(database, counting.groups(codes), [period], None)
    return sums(counted)


def lines(published: Sequence[Figure], found: dict[str, tuple[int, int, int]]) -> list[Line]:
    """Every published figure with what was computed, open ones too."""
    known = catalogue.current().measures_known_as
    coming = national_targets.current().coming
    made = []
    for figure in published:
        if figure.code not in known:
            service = coming.get(figure.code) or COMING.get(figure.code, "")
            made.append(Line(figure, service=service))
            continue
        measure, _ = known[figure.code]
        denominator, numerator, _ = found.get(measure.code, (0, 0, 0))
        given = isinstance(measure.denominator, Published)
        base = figure.denominator if given else denominator
        rate = figures.rate(numerator, base, measure.per)
        made.append(Line(figure, measure.code, "", numerator, base, given, rate))
    return made
