"""A package taken back in sets leaves what taking it back one by one leaves: every table, audit lines, change feed."""

import datetime as dt
import random
from types import SimpleNamespace

import pytest
from django.db import transaction
from tests.integration.excel import workbooks
from tests.integration.packages import old_data
from tests.integration.records.conftest import follow_up
from tests.integration.stored import differing, stored

from gongwei.base import clock
from gongwei.interfaces.excel import layouts
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.packages import histories, undoing
from gongwei.records import operations as records
from gongwei.records import touched
from gongwei.records.models import Episode, Referral, Response
from gongwei.residents import operations as residents
from gongwei.residents.models import Resident

REASON = "撤销导入"
COUNT = 12


@pytest.fixture
def folder(tmp_path):
    """Twelve people: families, managed diseases (some ended), follow-ups some of which ask for a referral."""
    place = tmp_path / "老系统"
    known = layouts.of(workbooks.FORM).by_identifier
    people = old_data.people(COUNT)
    old_data.write(place / "居民建档.csv", people)
    who = [{"档案编号": each["档案编号"], "姓名": each["姓名"]} for each in people]
    old_data.write(
        place / "家庭成员.csv",
        [
            {"家庭编号": f"J{n // 2}", **each, "与户主关系": "配偶" if n % 2 else "户主"}
            for n, each in enumerate(who)
        ],
    )
    old_data.write(
        place / "专案.csv",
        [
            each
            | {"管理病种": "高血压", "纳入管理日期": "2022-05-01"}
            | ({"结束日期": "2023-05-01", "结束原因": "失访", "状态": "已结束"} if n % 3 == 0 else {})
            for n, each in enumerate(who)
        ]
        + [who[0] | {"管理病种": "高血压", "纳入管理日期": "2024-01-01"}],
    )
    rows = []
    for n, each in enumerate(people, 1):
        for month in (1, 2, 3, 4, 5):
            high = (n + month) % 3 == 0 or n % 4 == 0
            pressure = {
                known["systolic"].heading: "186" if high and month == 3 else "152" if high else "128",
                known["diastolic"].heading: "112" if high and month == 3 else "96" if high else "78",
            }
            rows.append(old_data.follow_up(n, each["姓名"], f"2025-0{month}-0{n % 9 + 1}", **pressure))
    # No order at all, as old systems give them.
    random.Random(3).shuffle(rows)
    old_data.write(place / "高血压患者随访服务记录表.csv", rows)
    return place


def one_by_one(by, package):
    """What single operations make of it, each kind the last first."""
    rows = UploadRow.objects.filter(upload__package=package, state="applied")
    made = {
        code: list(rows.filter(upload__code=code).order_by("-position"))
        for code in ("residents", "households", "episodes", "htn_follow_up")
    }
    at = clock.now()
    answered = Response.objects.filter(id__in=[each.response_id for each in made["htn_follow_up"]])
    for key in list(answered.order_by("-done_on", "-id").values_list("id", flat=True)):
        records.enter_in_error(by=by, at=at, response_id=key, reason=REASON)
    episodes = Episode.objects.filter(id__in=[each.response_id for each in made["episodes"]])
    for each in sorted(episodes, key=lambda one: one.state == "ended"):
        if each.state == "ended":
            records.reopen_episode(by=by, at=at, episode_id=each.id, on_date=each.ended_on, reason=REASON)
        records.change_episode(
            by=by,
            at=at,
            episode_id=each.id,
            state="entered_in_error",
            on_date=clock.day_of(at),
            reason=REASON,
        )
    for each in made["households"]:
        if Resident.objects.get(id=each.resident_id).household_id == each.response_id:
            residents.leave_household(by=by, at=at, resident_id=each.resident_id, on=clock.day_of(at))
    for each in made["residents"]:
        if each.id == each.resident_id and not touched.touched([each.id]):
            residents.cancel(by=by, at=at, resident_id=each.id, reason="9", note=REASON)


def test_in_sets_as_one_by_one(scene, steps, folder, at, monkeypatch):
    monkeypatch.setattr(histories, "PORTION", 7)
    monkeypatch.setattr(undoing, "PORTION", 5)
    package = steps.applied(steps.checked(folder))
    assert package.counts == {"total": 4 * COUNT + 1 + 4 * COUNT, "applied": 8 * COUNT + 1}, steps.reasons(
        package
    )
    assert Referral.objects.filter(state="continued").exists()
    assert Referral.objects.filter(state="open").exists()
    doctor = scene.world.actor("village_doctor@village_a")
    changed, _, _, served = Resident.objects.order_by("id")[:4]
    residents.edit_resident(
        by=doctor, at=at, resident_id=changed.id, base_version=changed.version, changes={"address": "新址9号"}
    )
    # A service of today, whose class rests on what is taken back: never under control, so that its class changes once, whether the
    # others go together or one after the other.
    told = follow_up(
        SimpleNamespace(practitioner=scene.world.practitioner("village_doctor@village_a")),
        systolic=152,
        diastolic=96,
    )
    records.record_encounter(
        by=doctor, at=at, resident_id=served.id, done_on=dt.date(2025, 6, 1), mode="home", responses=[("htn_follow_up", told)]
    )  # fmt: skip
    before = stored()
    by = undoing.acting.writer(package)
    place = transaction.savepoint()
    one_by_one(by, package)
    singly = stored()
    transaction.savepoint_rollback(place)
    assert differing(before, stored()) == {}
    steps.undone(package)
    assert package.counts == {"total": 8 * COUNT + 1, "applied": 2, "undone": 8 * COUNT - 1}
    together = stored()
    taken_back = differing(singly, together)
    # The line of the package itself, asked for and done.
    assert taken_back.pop("base_auditentry")[0] == []
    assert taken_back == {}
    assert len(differing(before, together)) > 8
