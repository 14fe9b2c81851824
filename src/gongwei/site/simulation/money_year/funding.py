"""Money of the year before it is settled: residents, standard, who pays, budget, documents, arrivals, allotments, prepayments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from gongwei.base import clock
from gongwei.measures import populations, populations_keeping
from gongwei.places import division_codes
from gongwei.places.models import Area
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    fund_keeping,
    prepay,
    schemes,
    spending,
    standards,
    standards_keeping,
    standards_queries,
)
from gongwei.settlement import scheme_keeping as settlement_schemes
from gongwei.settlement.budget_models import Budget
from gongwei.site.simulation.money_year.people import Staff, on

POT = standards.ORIGINAL
RESIDENTS = "resident_population"
LOCAL = standards.LocalSplit(Decimal("0.5"), Decimal("0.2"), Decimal("0.3"))
#: Notices by source: (number, issuer, month, day of issue, per cent of the source's part, days until the money is there).
NOTICES = {
    standards.CENTRAL: (
        ("财社〔{before}〕198号", "财政部、国家卫生健康委", 1, 9, 70, 40),
        ("财社〔{year}〕57号", "财政部、国家卫生健康委", 5, 16, 30, 28),
    ),
    standards.PROVINCE: (("省财社〔{year}〕12号", "省财政厅、省卫生健康委", 3, 12, 100, 30),),
    standards.CITY: (("市财社〔{year}〕9号", "市财政局、市卫生健康委", 4, 3, 100, 35),),
    standards.COUNTY: (
        ("县财社〔{year}〕6号", "县财政局、县卫生健康局", 2, 20, 50, 60),
        ("县财社〔{year}〕31号", "县财政局、县卫生健康局", 8, 14, 50, 25),
    ),
}
#: What a centre and a clinic spend of what they hold after each payment: class of expense and per cent.
SPENT = (("labour", 52), ("consumables", 21))


def approved_by(year: int) -> dt.date:
    """The day by which the year has its budget, allotments and scheme."""
    return dt.date(year, 3, 10)


def spent_by(year: int) -> dt.date:
    """The day by which the prepayment of the first half was made and spent from."""
    return dt.date(year, 6, 24)


def begin(staff: Staff, year: int) -> None:
    """Everything up to the allotments and the scheme of settlement; money that comes after today has not come.

    Where the standard of the year is not known yet, the county's of the year before holds with the same increase.
    """
    _residents(staff, year - 1)
    standards_keeping.set_sharing(
        by=staff.finance, at=on(year, 1, 6), area_key=staff.county, since_year=year,
        central=Decimal("0.60"), local=LOCAL, document=f"省财社〔{year - 1}〕88号（模拟数据）",
    )  # fmt: skip
    national = standards_queries.standard(staff.county, year) or standards_queries.standard(
        staff.county, year - 1
    )
    if national is None:
        raise LookupError(f"no standard of {year}")
    standards_keeping.set_standard(
        by=staff.finance, at=on(year, 1, 6, 11), area_key=staff.county, year=year, value_fen=national.value_fen + 100,
        document=f"县财社〔{year}〕1号（模拟数据）",
    )  # fmt: skip
    budget = budget_keeping.draft(
        by=staff.finance,
        at=on(year, 1, 15),
        proposal=budget_keeping.propose(area_key=staff.county, year=year, pot=POT),
        document=f"县财社〔{year}〕3号（模拟数据）",
    )
    budget = budget_keeping.approve(by=staff.officer, at=on(year, 1, 20), budget_id=budget.id)
    _money_comes(staff, year, budget)
    shares = budget_allocating.propose(area_key=staff.county, year=year, pot=POT)
    allocation = budget_allocating.draft(
        by=staff.finance, at=on(year, 2, 25), area_key=staff.county, year=year, pot=POT, shares=shares,
        document=f"县卫健〔{year}〕8号（模拟数据）",
    )  # fmt: skip
    budget_allocating.approve(by=staff.officer, at=on(year, 2, 28), allocation_id=allocation.id)
    _scheme(staff, year)


def prepay_half(staff: Staff, year: int, half: int) -> None:
    """70 % of a half-year's task to the village clinics; then what the clinics spent of it."""
    kind, month = (prepay.Kind.FIRST, 6) if half == 1 else (prepay.Kind.SECOND, 12)
    made = prepay.draft(
        by=staff.finance, at=on(year, month, 12), area_key=staff.county, year=year, pot=POT, kind=kind,
        paid_on=dt.date(year, month, 18), document=f"县卫健〔{year}〕{20 + half}号（模拟数据）",
    )  # fmt: skip
    prepay.approve(by=staff.officer, at=on(year, month, 18), payment_id=made.id)
    for line in made.lines.order_by("id"):
        for number, (expense, percent) in enumerate(SPENT, 1):
            spending.record(
                by=staff.finance, at=on(year, month, 24), organization_id=line.organization_id, year=year, pot=POT,
                spent_on=dt.date(year, month, 20 + number), amount_fen=line.amount_fen * percent // 100,
                expense_class=expense, voucher=f"{'上' if half == 1 else '下'}记{number:02d}", note="模拟数据",
            )  # fmt: skip


def _residents(staff: Staff, year: int) -> None:
    """The statistics bureau's residents of the year before: reported by one county officer, approved by the other."""
    low, high = division_codes.county_range(staff.county)
    villages = Area.objects.filter(key__gte=low, key__lte=high, level="village", valid_until=None).order_by(
        "key"
    )
    if populations.values(RESIDENTS, year, ((low, high),)):
        return  # what was published stands: figures that were computed with it are not moved
    known = populations.values(RESIDENTS, year + 1, ((low, high),))
    rows = [
        populations_keeping.Reported(
            RESIDENTS,
            key,
            year,
            known[key].value + 1 + key % 7,
            "县统计局",
            f"县统函〔{year + 1}〕2号（模拟数据）",
        )
        for key in villages.values_list("key", flat=True)
        if key in known
    ]
    made = populations_keeping.record(by=staff.officer, at=on(year + 1, 1, 3), rows=rows)
    populations_keeping.approve(
        by=staff.second, at=on(year + 1, 1, 5), population_ids=[each.id for each in made]
    )


def _money_comes(staff: Staff, year: int, budget: Budget) -> None:
    """Documents of each tier and the money that came with them, two thirds of the whole before 30 June."""
    parts, today = dict(budget.lines.values_list("source", "amount_fen")), clock.today()
    for source, notices in NOTICES.items():
        left = parts[source]
        for place, (number, issuer, month, day, percent, days) in enumerate(notices, 1):
            amount = left if place == len(notices) else parts[source] * percent // 100
            left -= amount
            issued = dt.date(year, month, day)
            if issued > today:
                continue
            row = fund_keeping.register(
                by=staff.finance, at=on(year, month, day, 15), area_key=staff.county,
                notice=fund_keeping.Notice(
                    number=number.format(year=year, before=year - 1) + "（模拟数据）",
                    title=f"关于下达{year}年基本公共卫生服务补助资金的通知", issuer=issuer, issued_on=issued, year=year,
                    pot=POT, source=source, amount_fen=amount, direct=source == standards.CENTRAL,
                ),
            )  # fmt: skip
            there = issued + dt.timedelta(days=days)
            if there > today:
                continue
            at = on(there.year, there.month, there.day)
            if source == standards.CENTRAL:
                fund_keeping.file_targets(by=staff.finance, at=at, document_id=row.id, filed_on=there)
            fund_keeping.arrive(
                by=staff.finance, at=at, document_id=row.id, arrived_on=there, amount_fen=amount,
                voucher=f"银收{there:%m%d}",
            )  # fmt: skip


def _scheme(staff: Staff, year: int) -> None:
    """Half by residents, half by work (α 0.5), 40 % to the villages; approved by the county officer."""
    content = settlement_schemes.beginning(staff.county, year, POT)
    content["method"] = schemes.MIXED
    made = settlement_schemes.draft(
        by=staff.finance, at=on(year, 3, 5), county_key=staff.county, year=year, pot=POT,
        title=f"{year}年基本公共卫生服务补助资金分配方案", document=f"县卫健〔{year}〕11号（模拟数据）", content=content,
    )  # fmt: skip
    settlement_schemes.approve(by=staff.officer, at=on(year, 3, 10), scheme_id=made.id)
