"""The demonstration county's last whole year of money and evaluation: from the number of residents to the last fen.

Population approved, standard, budget by two, documents and arrivals, allotments, two prepayments, four evaluation rounds with
persons drawn, one decided fraud, one appeal granted, problems put right, the settlement computed, approved, posted, published and
paid. Everything through the operations the pages use, each as the account whose duty it is and on the day it would have been done.

    money_year.make(2025)
    money_year.begin(2026)  # the present year as far as it has come

The one thing that is not of that year is the snapshot: what the simulated records say was known when the county was built, so the
rounds name that day as the day their data ends.
"""

from __future__ import annotations

from collections.abc import Callable

from gongwei.base import clock, seals
from gongwei.settlement.run_models import SettlementRun
from gongwei.site.simulation.money_year import funding, judging, paying, people

Report = Callable[[str, int, int | None], None]
STEPS = ("登记预算和资金", "快照和指标计算", "四轮绩效评价", "年终结算")
TITLE = "编制演示县年度资金和评价"


def make(year: int, report: Report = lambda title, done, total: None) -> SettlementRun:
    """Make the year; the settlement that was published. Runs as the owner of the tables and outside a transaction.

    Raises LookupError where the world lacks a duty it needs (a second county officer, an evaluator, a finance officer).
    """
    staff = people.of_county()
    report(TITLE, 0, len(STEPS))
    funding.begin(staff, year)
    report(TITLE, 1, len(STEPS))
    run = judging.frozen(staff, year)
    judging.course(staff, run)
    report(TITLE, 2, len(STEPS))
    rounds = judging.Rounds(staff, year, run)
    for number in (1, 2):
        rounds.hold(number)
    funding.prepay_half(staff, year, 1)
    for number in (3, 4):
        rounds.hold(number)
    funding.prepay_half(staff, year, 2)
    rounds.close_year()
    report(TITLE, 3, len(STEPS))
    made = paying.settle(staff, year, run)
    seals.seal()
    report(TITLE, len(STEPS), len(STEPS))
    return made


def begin(year: int) -> None:
    """The present year up to today: budget, what has arrived, allotments, scheme, and the prepayment of the first half once it is due.

    Nothing before 10 March, the day the scheme is approved. Raises as `make`.
    """
    today = clock.today()
    if today <= funding.approved_by(year):
        return
    staff = people.of_county()
    funding.begin(staff, year)
    if today > funding.spent_by(year):
        funding.prepay_half(staff, year, 1)
    seals.seal()
