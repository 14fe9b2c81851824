"""Two counties, their finance officers, and a ledger to write in."""

import dataclasses
import datetime as dt
from types import SimpleNamespace

import pytest
from tests.integration.places import worlds

from gongwei.base import ids
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement import ledger_posting
from gongwei.settlement.ledger_posting import Line

YEAR = 2025
COUNTY, FAR_COUNTY = worlds.key(660101), worlds.key(660102)
TOWN, OTHER_TOWN = worlds.key(660101, 101), worlds.key(660101, 102)
AT = dt.datetime(2025, 7, 1, 2, 0, tzinfo=dt.UTC)


@pytest.fixture
def office(db):
    """The finance officer writes, the county officer approves."""
    world = worlds.build(AT)
    finance = world.actor("finance_officer@commission")
    return SimpleNamespace(
        world=world,
        finance=finance,
        second=dataclasses.replace(finance, account_id=ids.uuid7()),
        officer=world.actor("county_officer@commission"),
        at=AT,
        clinics=[world.organizations[name].id for name in ("village_a", "village_b", "other_village")],
        centre=world.organizations["centre"].id,
    )


def line(account, debit=0, credit=0, **changes):
    """One entry of 2025."""
    return Line(account, debit, credit, **({"year": YEAR} | changes))


def posted(office, entries, key="k", on=dt.date(2025, 6, 3), kind=accounts.ARRIVAL, **changes):
    """A posting in the county's book."""
    values = {"cause_kind": "test", "cause_id": key, "document": "财社〔2025〕1号", "area_key": COUNTY}
    return ledger_posting.post(
        kind=kind, on=on, entries=entries, by=office.finance, at=office.at, key=key, **(values | changes)
    )


def arrival(office, amount=100, key="k", **changes):
    """Money comes in."""
    return posted(
        office, [line(accounts.TREASURY, amount), line(accounts.RECEIVABLE, 0, amount)], key, **changes
    )
