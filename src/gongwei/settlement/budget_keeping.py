"""Preparing a year's budget from population, standard and who pays; approving it by another person, which posts it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.measures import populations
from gongwei.places import policy
from gongwei.settlement import (
    county_codes,
    fund_approval,
    fund_parameters,
    ledger_accounts,
    ledger_balances,
    ledger_posting,
    standards,
    standards_queries,
)
from gongwei.settlement.budget_models import Budget, BudgetLine
from gongwei.settlement.fund_approval import State
from gongwei.settlement.ledger_posting import Draft, Line


@dataclass(frozen=True)
class Proposal:
    """A budget worked out: how many residents at which standard, and what each tier of government pays, in fen."""

    area_key: int
    year: int
    pot: str
    population: int
    population_year: int
    population_source: str
    per_head_fen: int
    standard_source: str
    rule: standards.CentralRule
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total_fen(self) -> int:
        """All of it."""
        return sum(self.parts.values())


def propose(
    *,
    area_key: int,
    year: int,
    pot: str,
    population_year: int | None = None,
    factor: Decimal | None = None,
    extra_fen: int = 0,
) -> Proposal:
    """Work a budget out of what is known: the approved number of 常住人口 (of the year before when none is named, else the
    latest known of the three years before), the standard that holds, and who pays.

    Raises Refused: no approved population, no standard, or nobody said who pays.
    """
    county = ledger_posting.county_of(area_key)
    years = [population_year] if population_year else [year - 1, year - 2, year]
    known = [(each, populations.value("resident_population", county, each)) for each in years]
    found = next(((each, number) for each, number in known if number is not None), None)
    if found is None:
        raise Refused(
            "没有已批准的常住人口数。",
            field="population_year",
            code="population",
            hint="请先在“人口与任务数”中填报并批准。",
        )
    standard = standards_queries.standard(county, year)
    if standard is None:
        raise Refused(
            f"没有{year}年的人均补助标准。", field="year", code="standard", hint="请先登记补助标准。"
        )
    sharing = standards_queries.sharing(county, year)
    if sharing is None or sharing.local is None:
        raise Refused(
            "没有登记各级财政分担比例。",
            field="year",
            code="sharing",
            hint="请先在“补助标准”中登记分担比例。",
        )
    day = dt.date(year, 1, 1)
    formula = str(fund_parameters.value("central_formula", day, county))
    chosen = fund_parameters.number("performance_factor", day, county) if factor is None else factor
    if not chosen.is_finite() or not 0 <= chosen <= 10 or extra_fen < 0:
        raise Refused("绩效因素应在0～10之间，另加金额不为负。", field="factor", code="factor")
    rule = standards.CentralRule(formula, chosen, extra_fen)
    used, number = found
    said = "、".join(each for each in (number.source, number.document) if each)
    if number.version:
        said += f"（第{number.version}版）"
    return Proposal(
        area_key=county,
        year=year,
        pot=pot,
        population=number.value,
        population_year=used,
        population_source=said,
        per_head_fen=standard.of_pot(pot),
        standard_source=standard.source,
        rule=rule,
        parts=standards.divide(
            population=number.value,
            per_head_fen=standard.of_pot(pot),
            central=sharing.central,
            local=sharing.local,
            rule=rule,
        ),
    )


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    proposal: Proposal,
    document: str,
    increments: Mapping[tuple[str, str], int] | None = None,
    note: str = "",
) -> Budget:
    """Prepare a budget; a draft that waited is replaced. increments: earmarked amounts by (source, purpose), in fen.

    Raises Refused: no document, an increment without purpose or amount; policy.Forbidden.
    """
    policy.require(by, policy.FUND_EDIT, area_key=proposal.area_key)
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
    extra = dict(increments or {})
    if any(
        source not in standards.SOURCES or not purpose.strip() or amount <= 0
        for (source, purpose), amount in extra.items()
    ):
        raise Refused("专项增量要写明来源、用途和大于0的金额。", field="increments", code="increment")
    place = {"area_key": proposal.area_key, "year": proposal.year, "pot": proposal.pot}
    for former in Budget.objects.select_for_update().filter(**place, state=State.DRAFT):
        fund_approval.end(former, State.WITHDRAWN, by=by, at=at, reason="重新编制")
    last = Budget.objects.filter(**place).aggregate(Max("version"))["version__max"] or 0
    made = Budget.objects.create(
        **place,
        version=last + 1,
        population=proposal.population,
        population_year=proposal.population_year,
        population_source=proposal.population_source[:200],
        per_head_fen=proposal.per_head_fen,
        formula=proposal.rule.formula,
        factor=proposal.rule.factor,
        total_fen=proposal.total_fen + sum(extra.values()),
        document=document.strip(),
        note=note.strip(),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    lines = [BudgetLine(budget=made, source=source, amount_fen=fen) for source, fen in proposal.parts.items()]
    lines += [
        BudgetLine(budget=made, source=source, amount_fen=fen, purpose=purpose.strip())
        for (source, purpose), fen in extra.items()
    ]
    BudgetLine.objects.bulk_create(lines)
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, budget_id: UUID) -> Budget:
    """Approve a budget and post it: 应收补助资金 by source against 项目资金. The one in force before is taken back.

    Raises Refused: as `fund_approval.approve`; policy.Forbidden.
    """
    row = fund_approval.locked(Budget, budget_id)
    for former in Budget.objects.select_for_update().filter(
        area_key__in=county_codes.all_of(county_codes.now(row.area_key)),
        year=row.year,
        pot=row.pot,
        state=State.APPROVED,
    ):
        policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(row.area_key))
        for posting in ledger_balances.of_cause("budget", [former.id]).filter(
            reversed_by=None, reverses=None
        ):
            on = ledger_posting.day_for(row.area_key, clock.day_of(at), at)
            ledger_posting.mirror(posting, on=on, reason="预算调整", by=by, at=at)
        fund_approval.end(former, State.REPLACED, by=by, at=at)
    fund_approval.approve(row, by=by, at=at)
    entries = []
    for line in row.lines.exclude(amount_fen=0).order_by("id"):
        about = {"year": row.year, "pot": row.pot, "source": line.source}
        entries.append(Line(ledger_accounts.RECEIVABLE, debit_fen=line.amount_fen, **about))
        entries.append(Line(ledger_accounts.FUND, credit_fen=line.amount_fen, **about))
    if entries:
        posting = Draft(
            kind=ledger_accounts.BUDGET,
            on=ledger_posting.day_for(row.area_key, clock.day_of(at), at),
            entries=entries,
            cause_kind="budget",
            cause_id=str(row.id),
            key=f"budget:{row.id}",
            document=row.document,
            note=f"{row.year}年{standards.POTS[row.pot]}预算",
        )
        ledger_posting.post_many(area_key=row.area_key, drafts=[posting], by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, budget_id: UUID, reason: str) -> Budget:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(Budget, budget_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row
