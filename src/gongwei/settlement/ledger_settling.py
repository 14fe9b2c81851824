"""What a settlement run owes, posted: allotted money becomes payable and withheld, prepayments are set off, too much is owed back,
top-ups are a debt of the local treasury, rewards come out of the pool (evaluation_and_funds.md §5, §6).

A later run posts the difference to what stands, so that old postings stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.settlement import county_codes, ledger_balances, ledger_posting, money
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.ledger_models import Entry, Posting
from gongwei.settlement.ledger_posting import Draft, Line

#: Where withheld money goes, by the code of the rule (`settlement.ratios`).
_DESTINATIONS = {
    "reward_pool": accounts.POOL,
    "return_upper": accounts.RETURNABLE,
    "carry_over": accounts.CARRIED,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run found for one institution, in fen: base = due + withheld; final = due - prepaid (negative: to be given back).

    prepaid: all it was paid of the year's pot before. topup: what the local treasury owes it; reward: out of the pool.
    """

    organization_id: UUID
    base_fen: int
    due_fen: int
    withheld_fen: int
    prepaid_fen: int
    final_fen: int
    topup_fen: int = 0
    reward_fen: int = 0


@dataclass(frozen=True)
class RunToPost:
    """A settlement run as the ledger needs it. destination: where withheld money goes."""

    id: UUID
    area_key: int
    year: int
    pot: str
    on: dt.date
    document: str
    lines: Sequence[Settled]
    destination: str = "reward_pool"
    note: str = ""


@transaction.atomic
def post_run(run: RunToPost, *, by: Actor, at: dt.datetime) -> list[Posting]:
    """Post a run, one posting for every institution with which anything changes; run again it posts nothing.

    Raises Refused: an institution twice, a line that does not add up, or one whose prepaid amount is not what the ledger says
    was paid (Several); a closed month; policy.Forbidden.
    """
    county = county_codes.now(run.area_key)
    if not policy.may(by, policy.FUND_APPROVE, area_key=county):
        policy.require(by, policy.FUND_EDIT, area_key=county)
    book = ledger_posting.held(run.area_key)
    done = list(ledger_balances.of_cause("settlement", [run.id]).filter(reverses=None))
    if done:
        return done
    _check(run, book.area_key)
    standing = _standing(book.area_key, run)
    held = ledger_balances.by_organization(book.area_key, run.year, pot=run.pot)
    drafts = []
    for line in run.lines:
        own = {
            code: each.debit_fen - each.credit_fen
            for code, each in held.get(line.organization_id, {}).items()
        }
        moves = _moves(line, run, standing.get(line.organization_id, {}), own)
        if moves:
            drafts.append(_draft(run, line.organization_id, moves))
    return ledger_posting.post_many(area_key=book.area_key, drafts=drafts, by=by, at=at) if drafts else []


def _moves(
    line: Settled, run: RunToPost, standing: Mapping[str, int], own: Mapping[str, int]
) -> list[tuple[str, int]]:
    """What has to be moved in each account (debit positive) so that the institution stands where the run says: first what the run
    found, then what is set off, each visible by itself."""
    allotted = -own.get(accounts.ALLOTTED, 0) + standing.get(accounts.ALLOTTED, 0)
    wanted = dict.fromkeys((accounts.POOL, accounts.RETURNABLE, accounts.CARRIED), 0)
    wanted |= {
        accounts.FUND: line.base_fen - allotted,
        accounts.ALLOTTED: allotted,
        accounts.PAYABLE: -(line.due_fen + line.reward_fen),
        accounts.TOPUP_DUE: line.topup_fen,
        accounts.TOPUP_PAYABLE: -line.topup_fen,
    }
    wanted[_DESTINATIONS[run.destination]] -= line.withheld_fen
    wanted[accounts.POOL] += line.reward_fen
    # Set off earlier against PAYABLE by runs before this one: it stays set off.
    wanted[accounts.PAYABLE] -= standing.get(accounts.PREPAID, 0) + standing.get(accounts.TO_RECOVER, 0)
    found = [(code, fen - standing.get(code, 0)) for code, fen in wanted.items()]
    return [(code, fen) for code, fen in (*found, *_set_off(dict(found), own)) if fen]


def _set_off(found: Mapping[str, int], own: Mapping[str, int]) -> list[tuple[str, int]]:
    """Prepayments against what is payable; what is too much is to be recovered, what was to be recovered is set off first."""
    prepaid = own.get(accounts.PREPAID, 0)
    payable = -(own.get(accounts.PAYABLE, 0) + found[accounts.PAYABLE] + prepaid)
    change = -payable if payable < 0 else -min(payable, own.get(accounts.TO_RECOVER, 0))
    return [
        (accounts.PAYABLE, prepaid),
        (accounts.PREPAID, -prepaid),
        (accounts.TO_RECOVER, change),
        (accounts.PAYABLE, -change),
    ]


def _standing(book: int, run: RunToPost) -> dict[UUID, dict[str, int]]:
    """What settlements of the year's pot have posted so far (reversals taken off), by institution and account."""
    rows = (
        Entry.objects.filter(
            posting__book_id__in=county_codes.all_of(book),
            posting__cause_kind="settlement",
            year=run.year,
            pot=run.pot,
        )
        .order_by()
        .values_list("organization_id", "account")
        .annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    )
    found: dict[UUID, dict[str, int]] = {}
    for organization_id, code, debit, credit in rows:
        found.setdefault(organization_id, {})[code] = int(debit) - int(credit)
    return found


def _check(run: RunToPost, book: int) -> None:
    """That lines add up, and that what was prepaid is what the ledger says."""
    if run.destination not in _DESTINATIONS:
        raise ValueError(f"unknown destination {run.destination!r}")
    if len({line.organization_id for line in run.lines}) != len(run.lines):
        raise Refused("同一机构在结算中出现了两次。", code="organization")
    paid = ledger_balances.paid(book, run.year, pot=run.pot)
    wrong = []
    for line in run.lines:
        about = {"organization": str(line.organization_id)}
        amounts = (line.base_fen, line.due_fen, line.withheld_fen, line.topup_fen, line.reward_fen)
        if min(amounts) < 0 or line.due_fen + line.withheld_fen != line.base_fen:
            wrong.append(Refused("应拨与扣减之和不等于基数。", code="sum", details=about))
        if line.final_fen != line.due_fen - line.prepaid_fen:
            wrong.append(Refused("应拨减已拨不等于结算额。", code="final", details=about))
        if line.prepaid_fen != paid.get(line.organization_id, 0):
            wrong.append(
                Refused(
                    f"结算中已拨{money.yuan(line.prepaid_fen)}元，"
                    f"台账已拨{money.yuan(paid.get(line.organization_id, 0))}元。",
                    code="prepaid",
                    details=about,
                    hint="结算后又有拨付的，请重新计算结算。",
                )
            )
    if wrong:
        raise Several(wrong)


def _draft(run: RunToPost, organization_id: UUID, moves: Sequence[tuple[str, int]]) -> Draft:
    return Draft(
        kind=accounts.SETTLEMENT,
        on=run.on,
        entries=[
            Line(code, max(fen, 0), max(-fen, 0), organization_id, run.year, run.pot) for code, fen in moves
        ],
        cause_kind="settlement",
        cause_id=str(run.id),
        key=f"settlement:{run.id}:{run.pot}:{organization_id}",
        document=run.document,
        note=run.note or f"{run.year}年结算",
    )
