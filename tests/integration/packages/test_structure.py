"""A package that brings its own township: what names what comes in any order, is known to the check, and is taken back."""

import pytest
from tests.integration.excel import workbooks
from tests.integration.packages import old_data
from tests.integration.places import worlds

from gongwei.interfaces.excel import layouts
from gongwei.places.models import Area, Duty, Organization, Practitioner
from gongwei.records.models import Episode, Response
from gongwei.residents.models import HouseholdMembership, Resident

TOWN, VILLAGE = worlds.key(660101, 103), worlds.key(660101, 103, 201)


@pytest.fixture
def folder(tmp_path):
    """A new township with a village, its centre, clinic and doctor, a family, a managed disease and follow-ups."""
    place = tmp_path / "新乡镇"
    old_data.write(
        place / "z区划.csv",
        [{"区划代码": VILLAGE, "名称": "新村"}, {"区划代码": TOWN, "名称": "新镇"}],
        "gb18030",
    )
    old_data.write(
        place / "机构_2025.csv",
        [
            {"机构代码": "NEW2", "机构名称": "新村卫生室", "机构类别": "村卫生室", "上级机构代码": "NEW1", "所在区划": VILLAGE, "服务区划": VILLAGE},
            {"机构代码": "NEW1", "机构名称": "新镇卫生院", "机构类别": "乡镇卫生院", "上级机构代码": "GW0000", "所在区划": TOWN, "服务区划": TOWN},
        ],
    )  # fmt: skip
    old_data.write(
        place / "人员与岗位.csv",
        [{"姓名": "钱新医", "机构代码": "NEW2", "角色": "村医", "岗位起始日期": "2021-01-01"}],
    )
    people = [
        old_data.person(n, name, **{"现住村（居）": str(VILLAGE)})
        for n, name in enumerate(("孙一", "孙二", "孙三"), 1)
    ]
    old_data.write(place / "居民建档.csv", people)
    who = [{"档案编号": each["档案编号"], "姓名": each["姓名"]} for each in people]
    old_data.write(
        place / "a家庭成员.csv",
        [
            {"家庭编号": "J1", **who[0], "与户主关系": "户主"},
            {"家庭编号": "J1", **who[1], "与户主关系": "配偶"},
            {"家庭编号": "J2", **who[2], "与户主关系": "户主"},
        ],
    )
    old_data.write(
        place / "专案.csv",
        [who[0] | {"管理病种": "高血压", "纳入管理日期": "2021-05-01", "责任医生": "钱新医"}],
    )
    doctor = {
        layouts.of(workbooks.FORM).by_identifier["responsible_doctor"].heading: "钱新医",
        "服务机构": "新村卫生室",
    }
    old_data.write(
        place / "高血压患者随访服务记录表.csv",
        [
            old_data.follow_up(1, "孙一", "2025-03-10", **doctor),
            old_data.follow_up(1, "孙一", "2024-12-10", **doctor),
        ],
    )
    return place


def test_everything_is_known_before_it_is_written(steps, folder):
    package = steps.checked(folder)
    counts = steps.counts(package)
    assert [each.get("rejected", 0) for each in counts.values()] == [0] * 7, steps.reasons(package)
    assert not Area.objects.filter(key=TOWN).exists()
    assert not Practitioner.objects.filter(name="钱新医").exists()
    steps.applied(package)
    assert {name: each.get("applied") for name, each in steps.counts(package).items()} == {
        "z区划.csv": 2,
        "专案.csv": 1,
        "人员与岗位.csv": 1,
        "a家庭成员.csv": 3,
        "居民建档.csv": 3,
        "机构_2025.csv": 2,
        "高血压患者随访服务记录表.csv": 2,
    }, steps.reasons(package)
    first = Resident.objects.get(name="孙一")
    assert first.managing_organization.code == "NEW2"
    assert first.household.head_id == first.id
    assert HouseholdMembership.objects.filter(household=first.household, until_on=None).count() == 2
    assert Episode.objects.get(resident=first).state == "active"
    assert first.responsible_doctor.name == "钱新医"
    assert set(Response.objects.values_list("resident__name", "encounter__organization__code")) == {
        ("孙一", "NEW2")
    }


def test_again_everything_is_there(steps, folder):
    steps.applied(steps.checked(folder))
    again = steps.checked(folder)
    assert {tuple(sorted(each)) for each in steps.counts(again).values()} == {("existing", "total")}


def test_taken_back_but_for_the_codes_of_areas(steps, folder):
    package = steps.undone(steps.applied(steps.checked(folder)))
    counts = steps.counts(package)
    assert counts.pop("z区划.csv") == {"total": 2, "applied": 2}  # a code once used stays used
    assert {tuple(sorted(each)) for each in counts.values()} == {("total", "undone")}, counts
    assert not Resident.objects.exclude(status="cancelled").exists()
    assert set(Response.objects.values_list("status", flat=True)) == {"entered_in_error"}
    assert set(Episode.objects.values_list("state", flat=True)) == {"entered_in_error"}
    assert not HouseholdMembership.objects.filter(until_on=None).exists()
    assert all(Organization.objects.get(code=code).active_until for code in ("NEW1", "NEW2"))
    assert Duty.objects.get(practitioner__name="钱新医").until_on is not None


def test_taken_back_it_may_come_again(steps, folder):
    steps.undone(steps.applied(steps.checked(folder)))
    again = steps.checked(folder)
    counts = steps.counts(again)
    assert [each.get("rejected", 0) for each in counts.values()] == [0] * 7, steps.reasons(again)
    steps.applied(again)
    counts = steps.counts(again)
    assert counts.pop("z区划.csv") == {"total": 2, "existing": 2}
    assert {tuple(sorted(each)) for each in counts.values()} == {("applied", "total")}, steps.reasons(again)
    assert Resident.objects.filter(status="active").count() == 3
    assert Response.objects.filter(status="final").count() == 2
    assert Organization.objects.get(code="NEW2").active_until is None
    assert Resident.objects.filter(status="active", managing_organization__code="NEW2").count() == 3
    assert Duty.objects.filter(practitioner__name="钱新医", until_on=None).count() == 1
