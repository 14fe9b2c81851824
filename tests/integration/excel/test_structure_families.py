"""Families and managed diseases of a package: at once what they are one by one; the same again is there already."""

import datetime as dt

import pytest
from tests.integration.excel.structure_sheets import said, undone, written
from tests.integration.records.conftest import SIBLING, VILLAGE, resident

from gongwei.base.models import AuditEntry, Change
from gongwei.interfaces.excel import layouts
from gongwei.records import episodes_many
from gongwei.records import operations as records
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import operations
from gongwei.residents.models import Household, HouseholdMembership, Resident, ResidentChange, ResidentTag


def member(person, relation, family="F1", **more):
    return {
        "=number": family,
        "@record_no": person.record_no,
        "@name": person.name,
        "=relation": relation,
    } | more


@pytest.fixture
def family(scene):
    """A man, his wife, his mother and his son of one village, none in a household."""
    made = {"man": scene.resident}
    for number, (name, sex, born) in enumerate(
        [("wife", "2", 1963), ("mother", "2", 1938), ("son", "1", 1988)], 21
    ):
        made[name] = resident(
            scene.world, number=number, name=f"王{number}", sex=sex, birth_date=dt.date(born, 1, 1)
        )
    return made


def test_families_are_founded_joined_and_there_already(scene, at, by, family):
    rows = [
        member(family["wife"], "妻"),
        member(family["mother"], "52 母亲"),
        member(family["man"], "02", **{"=address": "12号", "=from_on": "2024-05-01"}),
    ]
    states, made, lines = written(by, at, layouts.HOUSEHOLDS, rows)
    assert states == ["applied"] * 3, [line.wrong for line in lines]
    household = Household.objects.get(id=made[0])
    assert (household.head_id, household.address, household.number) == (
        family["man"].id, "12号", f"H{VILLAGE}00001",
    )  # fmt: skip
    assert len(set(made)) == 1
    for name, relation in (("man", "02"), ("wife", "12"), ("mother", "52")):
        row = Resident.objects.get(id=family[name].id)
        assert (row.household_id, row.relation_to_head, row.version) == (household.id, relation, 2)
        assert AuditEntry.objects.filter(subject_id=row.id, action="update").count() == 1
        assert Change.objects.filter(resident_id=row.id).count() == 1
    assert HouseholdMembership.objects.get(resident=family["man"]).from_on == dt.date(2024, 5, 1)

    later = [*rows, member(family["son"], "儿子")]
    again, _, lines = written(by, at, layouts.HOUSEHOLDS, later)
    assert again == ["existing"] * 3 + ["applied"], [line.wrong for line in lines]
    assert Resident.objects.get(id=family["son"].id).household_id == household.id

    differing, _, lines = written(by, at, layouts.HOUSEHOLDS, [member(family["son"], "女婿")])
    assert differing == ["rejected"]
    assert said(lines[0]) == [("=relation", "differs")]


def test_families_that_cannot_be(scene, at, by, family):
    elsewhere = resident(scene.world, area_key=SIBLING, organization="village_b", number=31, name="远亲")
    rows = [
        member(family["man"], "02"),
        member(family["wife"], "02"),
        member(family["son"], "51"),
        member(elsewhere, "80"),
        member(family["mother"], "2"),
        member(family["mother"], "邻居"),
        {"=number": "F1", "@name": "无号", "=relation": "80"},
    ]
    states, _, lines = written(by, at, layouts.HOUSEHOLDS, rows)
    assert states == ["applied"] + ["rejected"] * 6
    assert [said(line)[0] for line in lines[1:]] == [
        ("=relation", "two_heads"),
        ("=relation", "younger_parent"),
        ("=number", "other_village"),
        ("=relation", "option"),
        ("=relation", "option"),
        ("@record_no", "required"),
    ]


def test_families_at_once_are_what_they_are_one_by_one(scene, at, by, family):
    """Rows, traces, changes and audit lines of the two ways are equal but for ids, numbers and moments."""
    wanted = [("man", "02"), ("wife", "12"), ("mother", "52"), ("son", "20")]

    def trace(name):
        person = Resident.objects.get(id=family[name].id)
        return (
            person.relation_to_head, person.version, person.grid_id,
            sorted(ResidentChange.objects.filter(resident=person).values_list("field", "version", "business", "old")),
            list(HouseholdMembership.objects.filter(resident=person).values_list("relation", "from_on", "until_on")),
            list(AuditEntry.objects.filter(subject_id=person.id).values_list("action", "area_key", "detail", "role")),
            list(Change.objects.filter(resident_id=person.id).values_list("kind", "done_on")),
        )  # fmt: skip

    household = None
    for name, relation in wanted:
        made = operations.change_household(
            by=by,
            at=at,
            resident_id=family[name].id,
            household_id=household,
            relation=relation,
            on=dt.date(2024, 1, 1),
        )
        household = made.household_id
    one_by_one = [trace(name) for name, _ in wanted]
    ResidentChange.objects.all().delete()
    HouseholdMembership.objects.all().delete()
    Resident.objects.update(household=None, relation_to_head="", version=1)
    Household.objects.all().delete()
    Change.objects.all().delete()
    names = {family[name].id: name for name, _ in wanted}
    before = AuditEntry.objects.filter(subject_id__in=names).count()

    rows = [
        operations.Joining("F", family[name].id, relation, "", dt.date(2024, 1, 1))
        for name, relation in wanted
    ]
    verdicts = operations.join_many(by=by, at=at, rows=rows)
    assert all(each.refused is None and not each.existing for each in verdicts)
    at_once = [trace(name) for name, _ in wanted]
    for one, many in zip(one_by_one, at_once, strict=True):
        assert one[:3] == many[:3]
        assert one[4] == many[4]
        assert one[3] == [(field, version, business, "") for field, version, business, _ in many[3]]
        assert many[5] == one[5] * 2  # the audit of the first way is never taken back
        assert one[6] == many[6]
    assert before == len(names)


def test_a_family_is_left_again(scene, at, by, family):
    _, made, lines = written(
        by, at, layouts.HOUSEHOLDS, [member(family["man"], "02"), member(family["son"], "20")]
    )
    operations.change_household(by=by, at=at, resident_id=family["son"].id, relation="02")
    assert undone(by, at, layouts.HOUSEHOLDS, lines, made) == ["", "该居民后来已换了家庭"]
    assert Resident.objects.get(id=family["man"].id).household_id is None


def managed(person, **more):
    return {
        "@record_no": person.record_no,
        "@name": person.name,
        "=kind": "高血压",
        "=started_on": "2023-03-01",
    } | more


def test_managed_diseases_begun_ended_and_there_already(scene, at, by, family):
    ended = {"=state": "已结束", "=ended_on": "2024-01-01", "=end_reason": "失访"}
    rows = [
        managed(
            family["man"],
            **{"=diagnosed_on": "2022.1.5", "=found_by": "门诊", "=doctor": str(scene.practitioner.id)},
        ),
        managed(family["wife"], **ended),
        managed(family["wife"], **{"=kind": "2型糖尿病患者管理", "=state": "疑似"}),
    ]
    states, made, lines = written(by, at, layouts.EPISODES, rows)
    assert states == ["applied"] * 3, [line.wrong for line in lines]
    first, second, third = (Episode.objects.get(id=each) for each in made)
    assert (first.kind, first.state, first.diagnosed_on, first.found_by) == (
        "hypertension", "active", dt.date(2022, 1, 5), "门诊",
    )  # fmt: skip
    assert (second.state, second.ended_on, second.end_reason) == ("ended", dt.date(2024, 1, 1), "3")
    assert (third.kind, third.state) == ("diabetes", "suspected")
    assert list(
        EpisodeChange.objects.filter(episode=second).order_by("id").values_list("before", "after")
    ) == [
        ("", "active"),
        ("active", "ended"),
    ]
    assert ResidentTag.objects.filter(resident=family["man"], code="KP04").exists()
    assert Resident.objects.get(id=family["man"].id).responsible_doctor_id == scene.practitioner.id

    again, there, _ = written(by, at, layouts.EPISODES, rows)
    assert (again, there) == (["existing"] * 3, made)
    taken, same, _ = written(
        by,
        at,
        layouts.EPISODES,
        [managed(family["wife"], **{"=kind": "diabetes", "=started_on": "2024-06-01"})],
    )
    assert (taken, same) == (["applied"], made[2:])
    assert Episode.objects.get(id=made[2]).state == "active"

    assert undone(by, at, layouts.EPISODES, lines[:2], made[:2]) == ["", ""]
    assert {each.state for each in Episode.objects.filter(id__in=made[:2])} == {"entered_in_error"}


def test_managed_diseases_at_once_are_what_they_are_one_by_one(scene, at, by, family):
    """Rows, steps, tags, changes and audit lines of the two ways are equal but for ids and moments."""
    begun, ended = dt.date(2023, 3, 1), dt.date(2024, 1, 1)

    def trace(person):
        def of(table):
            return table.objects.filter(resident=person)

        return (
            sorted(of(Episode).values_list("kind", "state", "started_on", "ended_on", "end_reason", "version", "area_key", "organization", "diagnosed_on", "found_by")),
            sorted(EpisodeChange.objects.filter(episode__resident=person).values_list("before", "after", "on_date", "reason", "at", "by")),
            sorted(of(ResidentTag).values_list("code", "since", "until", "source"), key=str),
            sorted(Change.objects.filter(resident_id=person.id, kind="episode").values_list("kind", "done_on")),
            sorted(
                (each.action, each.area_key, sorted((k, v) for k, v in each.detail.items() if k != "episode"))
                for each in AuditEntry.objects.filter(subject_id=person.id)
            ),
        )  # fmt: skip

    man, wife = family["man"], family["wife"]
    for kind, over in (("hypertension", False), ("diabetes", True)):
        made = records.start_episode(
            by=by,
            at=at,
            resident_id=man.id,
            kind=kind,
            started_on=begun,
            diagnosed_on=begun,
            found_by="门诊",
            reason="迁",
        )
        if over:
            records.end_episode(by=by, at=at, episode_id=made.id, ended_on=ended, end_reason="3", reason="迁")
    rows = [
        episodes_many.Starting(
            wife.id,
            kind,
            begun,
            "active",
            begun,
            "门诊",
            None,
            ended if over else None,
            "3" if over else "",
            "迁",
        )
        for kind, over in (("hypertension", False), ("diabetes", True))
    ]
    verdicts = episodes_many.start_many(by=by, at=at, rows=rows)
    assert [(each.existing, each.refused) for each in verdicts] == [(False, None)] * 2
    assert trace(man) == trace(wife)
    assert trace(man)[0][0][:2] == ("diabetes", "ended")


def test_managed_diseases_that_cannot_be(scene, at, by, family):
    written(by, at, layouts.EPISODES, [managed(family["man"])])
    person = family["wife"]
    rows = [
        managed(family["man"], **{"=started_on": "2024-03-01"}),
        managed(person, **{"=started_on": "2026-01-01"}),
        managed(person, **{"=started_on": "1950-01-01"}),
        managed(person, **{"=diagnosed_on": "1950-01-01"}),
        managed(person, **{"=ended_on": "2024-01-01"}),
        managed(person, **{"=ended_on": "2022-01-01", "=end_reason": "死亡"}),
        managed(person, **{"=state": "已结束"}),
        managed(person, **{"=ended_on": "2024-01-01", "=end_reason": "不想来"}),
        managed(person, **{"=kind": "感冒"}),
        managed(person, **{"=kind": "老年人健康管理"}),
    ]
    states, _, lines = written(by, at, layouts.EPISODES, rows)
    assert states == ["rejected"] * 10
    assert [said(line)[0] for line in lines] == [
        ("", "episode_open"),
        ("=started_on", "future"),
        ("=started_on", "before_birth"),
        ("=diagnosed_on", "date"),
        ("=end_reason", "required"),
        ("=ended_on", "date"),
        ("=ended_on", "required"),
        ("=end_reason", "option"),
        ("=kind", "option"),
        ("=kind", "automatic"),
    ]
