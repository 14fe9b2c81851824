"""A county with a scheme in force, a frozen run of the first quarter, and a round that was opened upon it."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from tests.integration.measures.conftest import NOW, own_home  # noqa: F401  (fixtures)
from tests.integration.places import worlds

from gongwei.base import clock, ids
from gongwei.evaluation import rounds, schemes, trees
from gongwei.measures import figures
from gongwei.measures.models import MeasureReport, MeasureVersion, ReportPlace, Run

COUNTY = worlds.key(660101)
CUT = dt.date(2025, 4, 30)
TREE = {
    "total": "100",
    "parts": [
        {
            "code": "A",
            "title": "项目执行",
            "points": "60",
            "children": [
                {
                    "code": "A1",
                    "title": "慢病与老年人",
                    "points": "60",
                    "children": [
                        {
                            "code": "A1.1",
                            "title": "高血压规范管理",
                            "points": "40",
                            "method": "ratio_to_target",
                            "settings": {"target": "64", "progress": False},
                            "measure": "HTN.2",
                        },
                        {
                            "code": "A1.2",
                            "title": "老年人规范管理",
                            "points": "20",
                            "method": "ratio_to_target",
                            "settings": {"target": "64", "progress": False},
                            "measure": "EL.2",
                        },
                    ],
                }
            ],
        },
        {
            "code": "B",
            "title": "组织管理",
            "points": "40",
            "children": [
                {
                    "code": "B1",
                    "title": "组织与真实",
                    "points": "40",
                    "children": [
                        {"code": "B1.1", "title": "计划与宣传", "points": "20", "method": "manual"},
                        {
                            "code": "B1.2",
                            "title": "档案真实性",
                            "points": "20",
                            "method": "deduct",
                            "settings": {"units": {"空项": "1", "电话错误": "5"}},
                        },
                        {"code": "B1.3", "title": "弄虚作假", "points": "0", "method": "veto"},
                    ],
                }
            ],
        },
    ],
}


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


def run_with(world, counts, *, cut_on=CUT, periods=("2025Q1",), kind=figures.ORGANIZATION):
    """A complete run as the files of measures would hold it: {organization: {measure: (numerator, denominator)}}."""
    made = Run.objects.create(
        title="一季度指标",
        kind=Run.Kind.ASKED,
        state=Run.State.COMPLETE,
        snapshot_id=ids.uuid7(),
        cut_at=clock.start_of(cut_on),
        periods=list(periods),
        parameters_digest="0",
        at=NOW,
        finished_at=NOW,
    )
    for name, measures in counts.items():
        organization = world.organizations[name]
        place = ReportPlace.objects.create(
            run=made,
            kind=kind,
            key=str(organization.id),
            level="organization",
            name=name,
            area_key=organization.area_id,
        )
        for code, (numerator, denominator) in measures.items():
            version, _ = MeasureVersion.objects.get_or_create(
                digest=f"{code:0<64}",
                defaults={"code": code, "title": code, "source": "", "definition": {}, "first_used_at": NOW},
            )
            MeasureReport.objects.create(
                run=made,
                place=place,
                measure=code,
                version=version,
                period=periods[0],
                numerator=numerator,
                denominator=denominator,
                excluded=0,
                rate=Decimal(numerator * 100) / denominator if denominator else None,
            )
    return made


def approved(staff, at, level="township_centre", tree=TREE, year=2025, annual=None):
    """A scheme made by the evaluator and approved by the officer."""
    plain = trees.plain(trees.read(tree | ({"annual": annual} if annual else {})))
    made = schemes.imported(
        by=staff.evaluator,
        at=at,
        county_key=COUNTY,
        year=year,
        level=level,
        tree=trees.read(plain),
        origin="试",
    )
    schemes.submit(by=staff.evaluator, at=at, scheme_id=made.id)
    return schemes.approve(by=staff.officer, at=at, scheme_id=made.id)


def opened(staff, at, period="2025Q1", cut_on=CUT, levels=("township_centre",), **given):
    """A round of the county."""
    return rounds.open_round(
        **{
            "by": staff.evaluator,
            "at": at,
            "county_key": COUNTY,
            "year": 2025,
            "period": period,
            "levels": levels,
            "cut_on": cut_on,
        }
        | given
    )


@pytest.fixture
def staff(db, at):
    """The world and who evaluates, approves, is evaluated."""
    world = worlds.build(NOW)
    return SimpleNamespace(
        world=world,
        evaluator=world.actor("evaluator@commission"),
        officer=world.actor("county_officer@commission"),
        finance=world.actor("finance_officer@commission"),
        director=world.actor("township_director@centre"),
        clinic=world.actor("village_doctor@village_a"),
        far_officer=world.actor("county_officer@far_commission"),
        centre=world.organizations["centre"],
        other=world.organizations["other_centre"],
    )


COUNTS = {
    "centre": {"HTN.2": (613, 1000), "EL.2": (70, 100)},
    "other_centre": {"HTN.2": (30, 100), "EL.2": (0, 0)},
}


@pytest.fixture
def round_(staff, at):
    """A round of the first quarter scored from its frozen run, ready to be reviewed on site."""
    approved(staff, at)
    made = opened(staff, at)
    run = run_with(staff.world, COUNTS)
    rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=run.id)
    return made


def sheet_of(round_, organization):
    """The sheet of an institution."""
    return round_.sheets.get(organization=organization)
