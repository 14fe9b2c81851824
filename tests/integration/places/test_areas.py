"""Areas: making them, and what becomes of them by date."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.places import worlds
from tests.integration.places.worlds import key

from gongwei.base import jobs, problems, scope
from gongwei.base.job_progress import Progress
from gongwei.places import deciding, lineage, operations, policy, queries, reach, succession
from gongwei.places.models import Area, AreaChange, Grid, ServedArea

A, B = key(660101, 101, 201), key(660101, 101, 202)
ON = dt.date(2024, 7, 1)
BEFORE, AFTER = ON - dt.timedelta(days=1), dt.date(2026, 1, 1)
PAPER = "甲政发〔2024〕7号"


@pytest.fixture
def admin(world):
    return world.actor("system_admin@commission")


def by(admin, world):
    return {"by": admin, "at": world.at, "on": ON, "document": PAPER}


def keys(areas):
    return [area.key for area in areas]


def test_a_new_area_knows_its_place(world, admin):
    area = operations.create_area(**by(admin, world), code="660101101003", name="城东社区")
    assert (area.level, area.parent_id, area.last_key) == ("village", key(660101, 101), 660101101003)
    assert (area.urban, area.record_segment, area.initials) == (True, "003", "cdsq")


@pytest.mark.parametrize(
    ("code", "name", "on", "document", "code_of_refusal"),
    [
        ("660101101201", "重复", ON, PAPER, "code_used"),
        ("660101999201", "无上级", ON, PAPER, "parent"),
        ("660101101205", "将来", dt.date(2026, 3, 3), PAPER, "future"),
        ("660101101205", "无文件", ON, "  ", "required"),
        ("660101101205", "  ", ON, PAPER, "required"),
        ("66010110120", "少一位", ON, PAPER, "division_code"),
        ("660101101700", "编号超出", ON, PAPER, "division_code"),
        ("660101101205", "上级未启用", dt.date(2019, 1, 1), PAPER, "parent"),
    ],
)
def test_refusals(world, admin, code, name, on, document, code_of_refusal):
    with pytest.raises(problems.Refused) as refused:
        operations.create_area(by=admin, at=world.at, code=code, name=name, on=on, document=document)
    assert refused.value.code == code_of_refusal


def test_only_the_system_administrator_of_the_county_may(world):
    for name in world.accounts:
        actor = world.actor(name)
        allowed = name == "system_admin@commission"
        assert policy.may(actor, policy.AREA_EDIT, area_key=A) is allowed, name


def test_renamed_keeps_its_former_name(world, admin):
    operations.rename_area(**by(admin, world), key=A, name="新桥村")
    assert lineage.names_on([A], BEFORE) == {A: "甲101镇201村"}
    assert lineage.names_on([A], ON) == {A: "新桥村"}
    assert queries.area(A).name == "新桥村"
    assert [hit.key for hit in queries.search_areas(admin, "xqc")] == [A]


def test_merged_into_a_new_one(world, admin):
    grid = worlds.grid(world, "village_a", A, "一组")
    new = operations.merge_areas(
        **by(admin, world), keys=[A, B], into=operations.NewArea("660101101205", "新和村")
    )
    assert keys(lineage.areas_on(A, AFTER, seen_from=BEFORE)) == [new.key]
    assert keys(lineage.areas_on(new.key, BEFORE, seen_from=AFTER)) == [A, B]
    assert keys(lineage.areas_on(A, BEFORE, seen_from=BEFORE)) == [A]
    assert Area.objects.get(key=A).valid_until == ON
    assert Grid.objects.get(id=grid.id).area_id == new.key
    # Both clinics served one of the two; both serve the new one, and before the day nothing changed.
    for clinic, old in (("village_a", A), ("village_b", B)):
        place = world.organizations[clinic].id
        assert (new.key, new.key) in reach.ranges_of(place, AFTER)
        assert reach.ranges_of(place, BEFORE) == ((old, old),)
    assert new.record_segment not in {
        "101",
        "102",
    }  # segments of ended villages stand in old numbers for ever


def test_merged_into_one_that_goes_on(world, admin):
    operations.merge_areas(**by(admin, world), keys=[A, B], into=A)
    assert keys(lineage.areas_on(B, AFTER, seen_from=BEFORE)) == [A]
    assert keys(lineage.areas_on(A, BEFORE, seen_from=AFTER)) == [A, B]
    assert reach.ranges_of(world.organizations["village_b"].id, AFTER)[0][0] == A


def test_split_by_grids(world, admin):
    stays, goes = worlds.grid(world, "village_a", A, "一组"), worlds.grid(world, "village_a", A, "二组")
    parts = operations.split_area(
        **by(admin, world),
        key=A,
        into=[operations.NewArea("660101101206", "西庄村")],
        grids={goes.id: "660101101206"},
    )
    assert keys(parts) == [660101101206]
    assert keys(lineage.areas_on(A, AFTER, seen_from=BEFORE)) == [A, 660101101206]
    assert keys(lineage.areas_on(660101101206, BEFORE, seen_from=AFTER)) == [A]
    assert Grid.objects.get(id=stays.id).area_id == A
    assert Grid.objects.get(id=goes.id).area_id == 660101101206
    assert AreaChange.objects.get(kind="split").moved == {"places_grid": 1}
    assert reach.ranges_of(world.organizations["village_a"].id, AFTER) == (
        (A, A),
        (660101101206, 660101101206),
    )


def test_split_that_ends_the_old_one(world, admin):
    into = [operations.NewArea("660101101206", "西庄村"), operations.NewArea("660101101207", "东庄村")]
    operations.split_area(**by(admin, world), key=A, into=into, continues=False)
    assert keys(lineage.areas_on(A, AFTER, seen_from=BEFORE)) == [660101101206, 660101101207]
    assert lineage.areas_on(A, AFTER, seen_from=BEFORE)[0].name == "西庄村"
    # Whoever is left under the ended code is still the township's to place.
    assert world.actor("township_clerk@centre").covers(A)


def test_a_split_then_a_merge_are_followed_both_ways(world, admin):
    into = [operations.NewArea("660101101206", "西庄村")]
    operations.split_area(**by(admin, world), key=A, into=into)
    later = {**by(admin, world), "on": dt.date(2025, 7, 1)}
    operations.merge_areas(**later, keys=[660101101206, B], into=B)
    assert keys(lineage.areas_on(A, AFTER, seen_from=BEFORE)) == [A, B]
    assert keys(lineage.areas_on(A, dt.date(2025, 1, 1), seen_from=BEFORE)) == [A, 660101101206]
    assert keys(lineage.areas_on(B, BEFORE, seen_from=AFTER)) == [A, B]
    assert [change.kind for change in lineage.history(660101101206)] == ["split", "merge"]


def test_merged_townships_take_their_villages_along(world, admin):
    first, second = key(660101, 101), key(660101, 102)
    operations.merge_areas(**by(admin, world), keys=[first, second], into=first)
    below = Area.objects.filter(parent_id=first, valid_until=None).order_by("key")
    # 201 and 202 are taken: the two that come get the next numbers of the same hundred.
    assert keys(below) == [first + 201, first + 202, first + 203, first + 204]
    assert keys(lineage.areas_on(second + 201, AFTER, seen_from=BEFORE)) == [first + 203]
    assert {area.record_segment for area in below} == {"101", "102", "103", "104"}
    other_clinic = world.organizations["other_village"]
    other_clinic.refresh_from_db()
    assert other_clinic.area_id == first + 203
    assert (first + 203, first + 203) in reach.ranges_of(other_clinic.id, AFTER)
    assert Area.objects.get(key=second).valid_until == ON


def test_a_county_gets_another_code(world, admin):
    operations.recode_area(**by(admin, world), key=key(660101, 102), code="660101002000")
    assert keys(lineage.areas_on(key(660101, 102, 202), AFTER, seen_from=BEFORE)) == [660101002202]


def test_registered_columns_follow(world, admin):
    with connection.cursor() as cursor:
        cursor.execute(
            "create table follows (area_key bigint); insert into follows values (%s), (%s), (%s)", [A, A, B]
        )
    succession.register("follows")
    try:
        operations.merge_areas(**by(admin, world), keys=[A, B], into=B)
    finally:
        succession._followers.pop(("follows", "area_key"))
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from follows where area_key = %s", [B])
        assert cursor.fetchone() == (3,)
    assert AreaChange.objects.get(kind="merge").moved["follows"] == 2


def test_also_under_row_level_security(world, admin):
    with scope.acting(admin):
        operations.merge_areas(**by(admin, world), keys=[A, B], into=A)
    assert ServedArea.objects.filter(area=A, organization=world.organizations["village_b"]).exists()


def test_an_area_that_has_ended_is_not_changed_again(world, admin):
    operations.merge_areas(**by(admin, world), keys=[A, B], into=A)
    with pytest.raises(problems.Refused) as refused:
        operations.rename_area(**by(admin, world), key=B, name="乙村")
    assert refused.value.code == "unknown"


def test_the_database_keeps_one_name_at_a_time(world):
    area = Area.objects.get(key=A)
    with pytest.raises(IntegrityError), transaction.atomic():
        area.names.create(name="又名", from_on=ON)
    assert area.names.count() == 1


def test_the_tree_of_a_village_doctor_is_the_way_to_the_village(world):
    root = queries.areas_tree(world.actor("village_doctor@village_a"))
    assert len(root) == 1
    path = [root[0]]
    while path[-1].children:
        assert len(path[-1].children) == 1
        path.append(path[-1].children[0])
    assert [(node.level, node.reached) for node in path] == [
        ("province", False),
        ("city", False),
        ("county", False),
        ("township", False),
        ("village", True),
    ]


def test_the_tree_of_an_administrator_is_the_county(world):
    root = queries.areas_tree(world.actor("system_admin@commission"))
    county = root[0].children[0].children
    assert [node.key for node in county] == [key(660101)]
    assert [len(node.children) for node in county[0].children] == [2, 2]


def test_grids_of_one_name_are_told_apart_when_their_villages_merge(world, admin):
    """甲101镇201村 and 202村 both have a 第一网格; names are unique within a village."""
    stays = worlds.grid(world, "village_a", A, "第一网格")
    comes = worlds.grid(world, "village_b", B, "第一网格")
    operations.merge_areas(**by(admin, world), keys=[A, B], into=A)
    names = dict(Grid.objects.filter(area=A).values_list("id", "name"))
    assert names == {stays.id: "第一网格", comes.id: "甲101镇202村第一网格"}


def decision(**said):
    """A decision as a page sends it."""
    return {"on": ON.isoformat(), "document": PAPER, **said}


def test_what_a_merge_touches_is_counted_before_it_is_made(world, admin):
    """Two clinics have their seats there, one of the villages has a grid; the one that goes on moves nothing."""
    worlds.grid(world, "village_b", B, "第一网格")
    said = decision(keys=[str(A), str(B)], into=str(A))
    found = deciding.touched(by=admin, kind="merge", said=said)
    assert {title: rows for title, rows in found.rows if rows} == {"机构": 1, "网格": 1}
    assert {"居民", "家庭"} <= dict(found.rows).keys()
    assert (found.moving, found.organizations) == (2, ("village_b单位",))
    assert AreaChange.objects.count() == 0


def test_a_split_touches_the_grids_that_leave(world, admin):
    stays, goes = (worlds.grid(world, "village_a", A, name) for name in ("东片", "西片"))
    new = {"code": "660101101203", "name": "新村"}
    said = decision(
        key=str(A),
        into=[new],
        continues=True,
        grids={str(goes.id): new["code"], str(stays.id): str(A)},
    )
    assert dict(deciding.touched(by=admin, kind="split", said=said).rows)["网格"] == 1
    made = deciding.decide(by=admin, at=world.at, kind="split", said=said)
    assert made.to_areas == [A, 660101101203]
    assert Grid.objects.get(id=goes.id).area_id == 660101101203
    assert Grid.objects.get(id=stays.id).area_id == A


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("create", {"key": "660101101000", "code": "660101101203", "name": "新村"}),
        ("rename", {"key": str(A), "name": "新名"}),
        ("recode", {"key": str(A), "code": "660101101203"}),
        ("merge", {"keys": [str(A), str(B)], "into": {"code": "660101101203", "name": "合村"}}),
    ],
)
def test_a_rehearsal_changes_nothing_and_the_act_does(world, admin, kind, said):
    before = list(Area.objects.order_by("key").values_list("key", "name", "valid_until"))
    deciding.rehearse(by=admin, at=world.at, kind=kind, said=decision(**said))
    assert list(Area.objects.order_by("key").values_list("key", "name", "valid_until")) == before
    assert AreaChange.objects.count() == 0
    assert deciding.decide(by=admin, at=world.at, kind=kind, said=decision(**said)).kind == kind
    assert list(Area.objects.order_by("key").values_list("key", "name", "valid_until")) != before


def test_a_rehearsal_refuses_what_the_act_refuses(world, admin):
    with pytest.raises(problems.Refused) as refused:
        deciding.rehearse(by=admin, at=world.at, kind="rename", said=decision(key=str(A), name="  "))
    assert refused.value.field == "name"
    with pytest.raises(problems.Refused) as refused:
        deciding.rehearse(by=admin, at=world.at, kind="rename", said=decision(key=str(A), name="新", on=""))
    assert refused.value.field == "on"


def test_counts_are_for_the_administrator_of_the_county(world):
    for name in ("county_officer@commission", "system_admin@far_commission"):
        with pytest.raises(policy.Forbidden):
            deciding.touched(
                by=world.actor(name), kind="recode", said=decision(key=str(A), code="660101101203")
            )
        with pytest.raises(policy.Forbidden):
            deciding.residents_of(by=world.actor(name), key=A)


def test_a_large_decision_is_made_by_a_job_once(world, admin):
    """Started again after a kill, the job finds that it had finished."""
    said = decision(keys=[str(A), str(B)], into=str(A))
    run = jobs.enqueue(deciding.decide_later, by=admin, kind="merge", said=said)
    progress = Progress(run)
    first = deciding.decide_later(progress, kind="merge", said=said)
    assert first == {"moved": {"机构": 1}}
    assert deciding.decide_later(progress, kind="merge", said=said) == first
    assert AreaChange.objects.count() == 1


def test_the_tree_of_an_earlier_day_has_the_names_of_that_day(world, admin):
    operations.rename_area(**by(admin, world), key=A, name="新名")

    def names(nodes):
        return {node.key: node.name for node in nodes} | {
            key: name for node in nodes for key, name in names(node.children).items()
        }

    assert names(queries.areas_tree(admin))[A] == "新名"
    assert names(queries.areas_tree(admin, BEFORE))[A] == "甲101镇201村"
