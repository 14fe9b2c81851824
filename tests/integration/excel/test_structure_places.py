"""Areas and organizations of a package: in any order of rows, once; something else under the same code is refused by name."""

import datetime as dt

from tests.integration.excel.structure_sheets import said, undone, written
from tests.integration.records.conftest import SIBLING, VILLAGE

from gongwei.interfaces.excel import layouts
from gongwei.places.models import Area, Organization, ServedArea

TOWN = {"=code": "660101103000", "=name": "新镇"}
VILLAGES = [
    {"=code": f"66010110320{n}", "=name": f"新{n}村", "=urban_rural_code": "220 村庄"} for n in (1, 2)
]


def test_areas_are_made_from_the_top_whatever_order_the_rows_stand_in(scene, at, by):
    states, made, _ = written(by, at, layouts.AREAS, [VILLAGES[1], TOWN, VILLAGES[0]])
    assert states == ["applied"] * 3
    village = Area.objects.get(key=made[0].int)
    assert (village.name, village.parent.name, village.urban_rural_code) == ("新2村", "新镇", "220")
    # It is there as long as what it lies in, so that the records of past years find it.
    assert village.valid_from == Area.objects.get(key=660101000000).valid_from == dt.date(2020, 1, 1)

    again, _, lines = written(by, at, layouts.AREAS, [VILLAGES[0], TOWN, VILLAGES[1] | {"=name": "另一村"}])
    assert again == ["existing", "existing", "rejected"]
    assert said(lines[2]) == [("=name", "differs")]
    assert "新2村" in lines[2].wrong[0].reason


def test_areas_that_cannot_be_are_refused_with_the_reason(scene, at, by):
    rows = [
        {"=code": "660101109201", "=name": "孤村"},
        {"=code": "660102103000", "=name": "邻县的镇"},
        {"=code": "6601011", "=name": "短"},
        {"=code": "660101104000"},
        {"=code": "660101105000", "=name": "早镇", "=from_on": "2001-01-01"},
    ]
    states, _, lines = written(by, at, layouts.AREAS, rows)
    assert states == ["rejected"] * 4 + ["applied"]
    assert [said(line) for line in lines] == [
        [("=code", "parent")],
        [("", "forbidden")],
        [("=code", "division_code")],
        [("=name", "required")],
        [("=from_on", "clamped")],
    ]
    assert Area.objects.get(key=660101105000).valid_from == dt.date(2020, 1, 1)


def test_a_check_writes_nothing(scene, at, by):
    before = Area.objects.count()
    states, _, _ = written(by, at, layouts.AREAS, [TOWN, *VILLAGES], "check")
    assert states == ["accepted"] * 3
    assert Area.objects.count() == before


CENTRE = {"=code": "NEW1", "=name": "新镇卫生院", "=kind": "乡镇卫生院", "=area": "甲101镇", "=parent": "GW0000", "=served": "660101101000"}  # fmt: skip
CLINIC = {"=code": "NEW2", "=name": "新村卫生室", "=kind": "村卫生室", "=area": "甲101镇甲101镇201村", "=parent": "new1", "=phone": "051881234567", "=served": "甲101镇201村；660101101202"}  # fmt: skip


def test_organizations_parents_first_with_whom_they_serve(scene, at, by):
    states, made, lines = written(by, at, layouts.ORGANIZATIONS, [CLINIC, CENTRE])
    assert states == ["applied"] * 2, [line.wrong for line in lines]
    clinic = Organization.objects.get(id=made[0])
    assert (clinic.parent.code, clinic.area_id, clinic.kind) == ("NEW1", VILLAGE, "village_clinic")
    served = ServedArea.objects.filter(organization=clinic)
    assert {each.area_id for each in served} == {VILLAGE, SIBLING}
    assert {each.from_on for each in served} == {dt.date(2020, 1, 1)}

    rows = [CLINIC, CENTRE | {"=name": "改名卫生院"}, CLINIC | {"=served": "660101102201"}]
    again, _, lines = written(by, at, layouts.ORGANIZATIONS, rows)
    assert again == ["existing", "rejected", "rejected"]
    assert said(lines[1]) == [("=name", "differs")]
    assert said(lines[2]) == [("=served", "differs")]


def test_organizations_that_cannot_be(scene, at, by):
    rows = [
        CENTRE | {"=area": "没有的镇"},
        CENTRE | {"=parent": "查无"},
        CENTRE | {"=kind": "药店"},
        CENTRE | {"=code": "A1", "=parent": "A2"},
        CENTRE | {"=code": "A2", "=parent": "A1"},
    ]
    states, _, lines = written(by, at, layouts.ORGANIZATIONS, rows)
    assert states == ["rejected"] * 5
    assert [said(line)[0][0] for line in lines] == ["=area", "=parent", "=kind", "=parent", "=parent"]


def test_organizations_are_closed_again_unless_somebody_uses_them(scene, at, by):
    _, made, lines = written(by, at, layouts.ORGANIZATIONS, [CENTRE, CLINIC])
    assert undone(by, at, layouts.ORGANIZATIONS, lines, made) == [
        "还有下级机构在用，请先停用下级机构或改换其上级",
        "",
    ]
    used = scene.world.organizations["village_a"]
    assert undone(by, at, layouts.ORGANIZATIONS, lines[:1], [used.id]) == ["有居民档案由该机构管理"]
