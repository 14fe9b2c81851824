"""What a county has on the evening before the day of `test_a_day`, made by the operations the pages use.

The small county of the page journeys (two townships, a village doctor, a clerk, a crowd of elderly people), three people of 柳树村
under management, a target, an evaluation scheme and a scheme of settlement in force, the figures of last night.
"""

import datetime as dt
from copy import deepcopy
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.functional import live_figures
from tests.functional.pages import county as places
from tests.functional.pages import under_care

COUNTY = 660101000000
#: Elderly people beside those of the day: enough to draw from.
CROWD = 12
#: What the centres are judged by: two figures of last night, one thing evaluators look at, one counted by its faults.
TREE = {
    "total": "100",
    "parts": [
        {
            "code": "A",
            "title": "项目执行",
            "points": "20",
            "children": [
                {
                    "code": "A1",
                    "title": "重点人群",
                    "points": "20",
                    "children": [
                        {
                            "code": "A1.1",
                            "title": "高血压规范管理",
                            "points": "10",
                            "method": "ratio_to_target",
                            "settings": {"target": "64", "progress": False},
                            "measure": "HTN.2",
                        },
                        {
                            "code": "A1.2",
                            "title": "老年人健康管理",
                            "points": "10",
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
            "points": "80",
            "children": [
                {
                    "code": "B1",
                    "title": "组织与真实",
                    "points": "80",
                    "children": [
                        {"code": "B1.1", "title": "计划与宣传", "points": "50", "method": "manual"},
                        {
                            "code": "B1.2",
                            "title": "档案真实性",
                            "points": "30",
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
#: What a follow-up in the clinic is worth, in fen; every other service a yuan.
FOLLOW_UP_FEN = 1500


def evening_before() -> dict[str, Any]:
    """Make the county; user names, names and ids by short names."""
    from django.db import transaction

    from gongwei.base import clock

    found = places.furnish(crowd=CROWD)
    year = clock.today().year
    with transaction.atomic():
        found["due"], found["urgent"], found["telephoned"] = (
            under_care.somebody("hypertension", born=born)
            for born in ("1950-02-11", "1952-05-03", "1953-08-21")
        )
        found["record"] = _by_telephone(found["telephoned"][0])
        _target(year)
        _schemes(year)
    _last_night(year)
    return found | {"year": year}


def actor(username: str) -> Any:
    """Somebody of the county in the duty they have."""
    from gongwei.places.actors import actor_for
    from gongwei.places.models import Account, Duty

    account = Account.objects.select_related("practitioner").get(username=username)
    return actor_for(account, Duty.objects.filter(practitioner=account.practitioner).earliest("from_on"))


def _by_telephone(resident: str) -> str:
    """A follow-up of this morning by telephone: it counts for the resident and not for the money. The id of the record."""
    from gongwei.base import clock
    from gongwei.records import operations as records

    by = under_care.doctor()
    answers = under_care.HYPERTENSION | {
        "mode": "3", "systolic": 138, "diastolic": 86, "responsible_doctor": str(by.practitioner_id)
    }  # fmt: skip
    made = records.record_encounter(
        by=by, at=clock.now(), resident_id=UUID(resident), done_on=clock.today(), mode="phone",
        responses=[("htn_follow_up", answers)],
    )  # fmt: skip
    return str(made.responses[0].id)


def _target(year: int) -> None:
    from gongwei.base import clock
    from gongwei.measures import targets_setting

    targets_setting.set_target(
        by=actor("officer"), at=clock.now(), code="elderly_std_rate", year=year, area_key=COUNTY, value=Decimal(100),
        document=f"云卫健〔{year}〕5号",
    )  # fmt: skip


def _schemes(year: int) -> None:
    """Of evaluation, and of settlement: by price, what a score takes away is kept back."""
    from gongwei.base import clock
    from gongwei.evaluation import schemes, trees
    from gongwei.settlement import scheme_keeping
    from gongwei.settlement import schemes as settlement_schemes

    at, evaluator, finance, officer = clock.now(), actor("evaluator"), actor("finance"), actor("officer")
    made = schemes.imported(
        by=evaluator, at=at, county_key=COUNTY, year=year, level="township_centre", tree=trees.read(TREE), origin="试",
    )  # fmt: skip
    schemes.submit(by=evaluator, at=at, scheme_id=made.id)
    schemes.approve(by=officer, at=at, scheme_id=made.id)
    content = deepcopy(settlement_schemes.national(dt.date(year, 12, 31)))
    for service, item in content["items"].items():
        item["price_fen"] = FOLLOW_UP_FEN if service == "htn.follow_up" else 100
    content |= {"method": "price_list", "split": "by_item"}
    drafted = scheme_keeping.draft(
        by=finance, at=at, county_key=COUNTY, year=year, title=f"{year}年定额", document=f"云卫健〔{year}〕8号",
        content=content,
    )  # fmt: skip
    scheme_keeping.approve(by=officer, at=at, scheme_id=drafted.id)


def _last_night(year: int) -> None:
    """Live figures kept for the year, and a frozen run of what the evaluation asks."""
    from gongwei.base import actors, clock
    from gongwei.measures import periods, running
    from gongwei.snapshots import operations as snapshots

    at = clock.now()
    live_figures.keep(at)
    snapshot = snapshots.take(by=actors.SYSTEM, at=at, reason="每日指标")
    run = running.run(
        by=actors.SYSTEM, at=at, snapshot=snapshot, title=f"{year}年指标", periods=[periods.parse(str(year))],
        measures=["EL.2", "HTN.2"],
    )  # fmt: skip
    running.keep(by=actors.SYSTEM, at=at, run_id=run.id)
