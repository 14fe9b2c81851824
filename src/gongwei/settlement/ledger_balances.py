"""Reads of the fund ledger: balances by account and institution, the trial balance, what an institution was paid, the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from gongwei.settlement import county_codes
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.ledger_models import Closing, Entry, Posting


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands in one account: both turnovers and the balance on the account's own side, in fen."""

    account: str
    debit_fen: int
    credit_fen: int

    @property
    def title(self) -> str:
        """What the account is called."""
        return accounts.ACCOUNTS[self.account].title

    @property
    def balance_fen(self) -> int:
        """The balance on the side where it usually stands; negative when it stands on the other."""
        plus = self.debit_fen - self.credit_fen
        return plus if accounts.ACCOUNTS[self.account].side == accounts.DEBIT else -plus


def balances(
    area_key: int,
    *,
    year: int | None = None,
    pot: str = "",
    organization_id: UUID | None = None,
    until: dt.date | None = None,
) -> dict[str, Balance]:
    """All accounts with entries in a county's book, by code: of a budget year, pot, institution, up to a day (inclusive)."""
    rows = (
        _entries(area_key, year, pot, organization_id, until)
        .order_by()
        .values_list("account")
        .annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    )
    return {code: Balance(code, int(debit), int(credit)) for code, debit, credit in sorted(rows)}


def by_organization(
    area_key: int, year: int, *, pot: str = "", until: dt.date | None = None
) -> dict[UUID, dict[str, Balance]]:
    """The accounts of every institution in a budget year."""
    rows = (
        _entries(area_key, year, pot, None, until)
        .exclude(organization_id=None)
        .order_by()
        .values_list("organization_id", "account")
        .annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    )
    found: dict[UUID, dict[str, Balance]] = {}
    for organization_id, code, debit, credit in rows:
        found.setdefault(organization_id, {})[code] = Balance(code, int(debit), int(credit))
    return found


def cash(area_key: int, organization_id: UUID) -> dict[tuple[int, str], int]:
    """What an institution has in its own account (机构专户结存) by budget year and pot, in fen; nothing is left out."""
    rows = (
        _entries(area_key, None, "", organization_id, None)
        .filter(account=accounts.HELD)
        .order_by()
        .values_list("year", "pot")
        .annotate(amount=Sum(F("debit_fen") - F("credit_fen")))
    )
    return {(year, pot): int(amount) for year, pot, amount in rows if amount}


def totals(area_key: int, *, until: dt.date | None = None) -> tuple[int, int]:
    """The trial balance: all debits and all credits of a book. They are equal at every instant."""
    found = _entries(area_key, None, "", None, until).aggregate(
        debit=Coalesce(Sum("debit_fen"), 0), credit=Coalesce(Sum("credit_fen"), 0)
    )
    return int(found["debit"]), int(found["credit"])


def paid(area_key: int, year: int, *, pot: str = "", until: dt.date | None = None) -> dict[UUID, int]:
    """What each institution was paid of a budget year less what it gave back, in fen: Σ paid of a settlement. Top-ups of the
    localities stand apart and are not in it."""
    rows = (
        _entries(area_key, year, pot, None, until)
        .filter(account__in=[accounts.PREPAID, accounts.PAYABLE, accounts.TO_RECOVER])
        .filter(Q(posting__kind__in=_PAYING) | Q(posting__reverses__kind__in=_PAYING))
        .order_by()
        .values_list("organization_id")
        .annotate(amount=Sum(F("debit_fen") - F("credit_fen")))
    )
    return {organization_id: int(amount) for organization_id, amount in rows}


_PAYING = (accounts.PREPAYMENT, accounts.PAYMENT, accounts.RECOVERY)


def entries(
    area_key: int,
    *,
    year: int | None = None,
    account: str = "",
    organization_ids: Iterable[UUID] | None = None,
    kind: str = "",
    pot: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> QuerySet[Entry]:
    """The journal (明细账) in order of day and number, with its postings."""
    rows = _entries(area_key, year, pot, None, last).select_related("posting")
    if account:
        rows = rows.filter(account=account)
    if organization_ids is not None:
        rows = rows.filter(organization_id__in=list(organization_ids))
    if kind:
        rows = rows.filter(posting__kind=kind)
    if first is not None:
        rows = rows.filter(posting__posted_on__gte=first)
    return rows.order_by("posting__posted_on", "posting__number", "id")


def posting(posting_id: UUID) -> Posting | None:
    """One posting with what reverses it."""
    return Posting.objects.select_related("reverses", "reversed_by").filter(id=posting_id).first()


def of_cause(cause_kind: str, cause_ids: Iterable[UUID | str]) -> QuerySet[Posting]:
    """The postings something led to, the first first."""
    return Posting.objects.filter(
        cause_kind=cause_kind, cause_id__in=[str(each) for each in cause_ids]
    ).order_by("posted_on", "number")


def settled(area_key: int, year: int, pot: str) -> bool:
    """Whether a settlement of a year's pot stands in a county's book."""
    rows = _entries(area_key, year, pot, None, None)
    return rows.filter(posting__kind=accounts.SETTLEMENT, posting__reversed_by=None).exists()


def closings(area_key: int) -> Sequence[Closing]:
    """The closed months of a book, the latest first."""
    return list(Closing.objects.filter(book_id__in=county_codes.all_of(area_key)).order_by("-month"))


def open_months(area_key: int) -> list[tuple[dt.date, int]]:
    """The months with postings that are not closed, with how many postings each has."""
    books = county_codes.all_of(area_key)
    closed = Closing.objects.filter(book_id__in=books).values("month")
    rows = Posting.objects.filter(book_id__in=books).exclude(month__in=closed).order_by().values_list("month")
    return sorted((month, n) for month, n in rows.annotate(n=Count("id")))


def _entries(
    area_key: int, year: int | None, pot: str, organization_id: UUID | None, until: dt.date | None
) -> QuerySet[Entry]:
    rows = Entry.objects.filter(posting__book_id__in=county_codes.all_of(area_key))
    if year is not None:
        rows = rows.filter(year=year)
    if pot:
        rows = rows.filter(pot=pot)
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    if until is not None:
        rows = rows.filter(posting__posted_on__lte=until)
    return rows


def sums(rows: QuerySet[Entry]) -> tuple[int, int]:
    """Debits and credits of a part of the journal."""
    found = rows.order_by().aggregate(
        debit=Coalesce(Sum("debit_fen"), 0), credit=Coalesce(Sum("credit_fen"), 0)
    )
    return int(found["debit"]), int(found["credit"])
