"""Makes a small simulated county and its last whole year of money in the database at DATABASE_URL, and prints what must hold of it.

python -m tests.integration.site.money_world RESIDENTS SEED
"""

import json
import sys

import django

APPEALED = "3.1.2"


def main(residents: str, seed: str) -> None:
    """Make it and print one JSON object."""
    django.setup()
    from gongwei.base import clock
    from gongwei.evaluation.models import Appeal, FraudDecision, Issue, Round, SampleCheck, Score, YearClosing
    from gongwei.settlement import fund_queries, ledger_accounts, ledger_balances
    from gongwei.settlement.models import Allocation, Payment
    from gongwei.settlement.run_models import RunLine, RunUnit
    from gongwei.site.simulation import build, money_year

    build.build(residents=int(residents), seed=int(seed), years=2)
    year = clock.today().year - 1
    run = money_year.make(year)
    money_year.begin(year + 1)
    present = fund_queries.overview(money_year.people.of_county().finance, year + 1)
    units = list(RunUnit.objects.filter(run=run))
    lines = RunLine.objects.filter(run=run)
    allotted = Allocation.objects.get(year=year, state="approved")
    appeal = Appeal.objects.get(about="item")
    scores = Score.objects.filter(sheet=appeal.sheet, item=APPEALED).order_by("at", "version")
    found = {
        "state": run.state,
        "allotted": allotted.total_fen,
        "bases": sum(each.base_fen for each in units),
        "lines": sum(lines.values_list("amount_fen", flat=True)),
        "whole": all(each.due_fen + each.withheld_fen == each.base_fen for each in units),
        "paid": all(each.prepaid_fen + each.final_fen == each.due_fen for each in units),
        "prepaid": sum(each.prepaid_fen for each in units),
        "prepayments": sorted(Payment.objects.filter(year=year).values_list("kind", flat=True)),
        "vetoed": [each.due_fen for each in units if each.veto],
        "decisions": list(FraudDecision.objects.values_list("state", flat=True)),
        "debits": ledger_balances.totals(run.county_key)[0],
        "credits": ledger_balances.totals(run.county_key)[1],
        "open": {
            code: each.balance_fen
            for code, each in ledger_balances.balances(run.county_key, year=year).items()
            if code in (ledger_accounts.PREPAID, ledger_accounts.PAYABLE)
        },
        "appeal": appeal.state,
        "before": [each.exact for each in scores if each.stage == "review"],
        "after": [each.exact for each in scores if each.stage == "appeal"],
        "rounds": list(Round.objects.order_by("number").values_list("state", flat=True)),
        "checks": SampleCheck.objects.count(),
        "issues": sorted(set(Issue.objects.values_list("state", flat=True))),
        "today": clock.today().isoformat(),
        "present": [present.budget_fen, present.allotted_fen, present.arrived_fen, present.paid_fen],
        "closed": YearClosing.objects.filter(year=year).count(),
        "persons": [each.persons for each in sorted(units, key=lambda unit: (unit.seat_key, unit.name))],
        "due": [each.due_fen for each in sorted(units, key=lambda unit: (unit.seat_key, unit.name))],
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
