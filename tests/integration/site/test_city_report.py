"""A city's figures through a run: from its files as a snapshot to the stored report with the published number of residents."""

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from gongwei import catalogue
from gongwei.base.actors import SYSTEM
from gongwei.measures import figures, periods, running
from gongwei.measures.models import MeasureReport
from gongwei.measures.populations_models import Population
from gongwei.places import division_codes
from gongwei.places.models import Area
from gongwei.site.simulation.cities import people, published, writing
from gongwei.snapshots import folders
from gongwei.snapshots.models import Snapshot

pytestmark = pytest.mark.django_db(transaction=True)
AT = dt.datetime(2019, 1, 15, 1, tzinfo=dt.UTC)
SCALE = Decimal("0.001")
LEVELS = {10**8: "city", 10**6: "county", 10**3: "township", 1: "village"}


def areas(villages):
    """The city and every division above its villages."""
    keys = {key for village in villages for key in (village, *division_codes.ancestors(village))}
    below = {key: next(size for size in LEVELS if key % size == 0) for key in keys if key >= people.CITY}
    for key, size in sorted(below.items(), key=lambda each: -each[1]):
        parent = division_codes.parent(key) if size < 10**8 else None
        Area.objects.create(
            key=key, last_key=key + size - 1, level=LEVELS[size], parent_id=parent, name=f"区划{key}",
            initials="qh", valid_from=dt.date(2009, 1, 1),
        )  # fmt: skip


def as_snapshot(wanted):
    """The city's files where a snapshot's are, and the row that lists them."""
    made = Snapshot(
        kind="complete", state="complete", cut_at=AT, cut_xid=1, cut_snapshot="1:1:", started_at=AT
    )
    made.finished_at, made.digest, made.reason = AT, "0" * 64, "验收"
    rows = writing.write(wanted, folders.of(made.id), seed=3)
    for name, number in rows.items():
        files = sorted((folders.of(made.id) / name).glob("*.parquet"))
        said = duckdb.sql(f"describe select * from read_parquet('{files[0]}')").fetchall()
        made.tables[name] = {
            "rows": number,
            "columns": [list(each[:2]) for each in said],
            "files": [{"name": f"{name}/{each.name}"} for each in files],
        }
    made.save()
    return made


def villages(snapshot):
    found = duckdb.sql(
        f"select distinct area_key from read_parquet('{folders.of(snapshot.id)}/subjects/*.parquet')"
    )
    return [key for (key,) in found.fetchall()]


def test_the_report_of_the_city_says_what_was_published(settings, tmp_path):
    settings.HOME = tmp_path
    wanted = published.wanted("wuxi", SCALE)
    snapshot = as_snapshot(wanted)
    areas(villages(snapshot))
    Population.objects.create(
        code="resident_population", area_key=people.CITY, year=2018, value=wanted.population, source="由公布率推算",
        version=1, state="approved", recorded_at=AT, approved_at=AT,
    )  # fmt: skip
    codes = ("HR.1", "HR.4", "EL.3", "HTN.1", "DM.1")
    made = running.run(by=SYSTEM, at=AT, snapshot=snapshot, periods=[periods.parse("2018")], measures=codes)
    reports = {
        each.measure: each
        for each in MeasureReport.objects.filter(
            run=made, place__kind=figures.AREA, place__key=str(people.CITY)
        )
    }
    assert {code: reports[code].numerator for code in codes} == {
        "HR.1": 5456,
        "HR.4": 3280,
        "EL.3": 623,
        "HTN.1": 597,
        "DM.1": 131,
    }
    assert reports["HR.1"].published == 6529
    assert reports["HR.1"].rate == Decimal("83.57")
    assert reports["HR.4"].rate == Decimal("60.12")
    below = MeasureReport.objects.filter(
        run=made, measure="HTN.1", place__kind=figures.AREA, place__level="village"
    )
    assert below.count() > 1
    assert sum(each.numerator for each in below) == 597
    assert made.definitions["HTN.1"] == catalogue.digest(catalogue.measure("HTN.1"))
