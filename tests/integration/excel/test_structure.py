"""Sheets of structure: written in any order of rows, once; the same again is there already, something else is refused by name."""

import dataclasses
import datetime as dt

import pytest
from tests.integration.records.conftest import SIBLING, VILLAGE, resident

from gongwei.base import ids
from gongwei.base.models import AuditEntry, Change
from gongwei.interfaces.excel import filing, headings, layouts, parsing, structure
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.parsing import Line
from gongwei.places import policy
from gongwei.places.models import Account, Area, Duty, Organization, Practitioner, ServedArea
from gongwei.records import episodes_many
from gongwei.records import operations as records
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import identity, operations, queries
from gongwei.residents.models import Household, HouseholdMembership, Resident, ResidentChange, ResidentTag
from gongwei.residents.operations import numbering


@pytest.fixture
def by(scene):
    """The county's, as packages are written."""
    return dataclasses.replace(
        scene.officer,
        role=policy.PACKAGE,
        organization_id=None,
        practitioner_id=None,
        areas=((660101000000, 660101999999),),
        source="import",
    )


def lines_of(kind, rows):
    """Rows given by identifier as a sheet's lines, with the plan of the sheet."""
    columns = [each.identifier for each in layouts.of(kind).readable]
    plan = headings.Plan("表", 0, 0, 1, columns, columns, True)
    return plan, [Line(n, 0, n + 1, [row.get(each) for each in columns]) for n, row in enumerate(rows, 1)]


def written(by, at, kind, rows, doing="apply"):
    """(state, what was made) of each row, and the lines."""
    plan, lines = lines_of(kind, rows)
    parser = parsing.Parser(layouts.of(kind), [plan], Directory(by))
    for line in lines:
        parser.parse_who(line)
    if layouts.NAME in layouts.of(kind).by_identifier:
        parsing.identify(by, parser, lines, dt.date(2025, 6, 2))
    for line in lines:
        parser.parse(line)
    outcomes = getattr(structure.of(kind)(by, parser), doing)(at, lines)
    return [state for state, _ in outcomes], [made for _, made in outcomes], lines


def said(line):
    return [(each.identifier, each.rule) for each in line.wrong]


def undone(by, at, kind, lines, made):
    parser = parsing.Parser(layouts.of(kind), [lines_of(kind, [])[0]], Directory(by))
    rows = [structure.Made(one, one, line) for line, one in zip(lines, made, strict=True)]
    return structure.of(kind)(by, parser).undo(at, rows)


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


DOCTOR = {"=number": "R01", "=name": "李医生", "=sex": "女", "=title": "医师", "=organization": "GW0003", "=username": "LiYiSheng", "=roles": "村医", "=from_on": "2024-01-01"}  # fmt: skip


def test_staff_with_several_duties_and_an_account(scene, at, by):
    second = {
        "=number": "R01",
        "=name": "李医生",
        "=organization": "centre单位",
        "=roles": "乡镇公卫医生；档案员",
    }
    states, made, lines = written(
        by, at, layouts.PRACTITIONERS, [DOCTOR, second | {"=roles": "乡镇公卫医生；township_clerk"}]
    )
    assert states == ["applied"] * 2, [line.wrong for line in lines]
    assert made[0] == made[1]
    person = Practitioner.objects.get(id=made[0])
    assert (person.sex, person.title) == ("2", "医师")
    assert {(each.role, each.from_on) for each in Duty.objects.filter(practitioner=person)} == {
        ("village_doctor", dt.date(2024, 1, 1)),
        ("township_doctor", dt.date(2025, 6, 2)),
        ("township_clerk", dt.date(2025, 6, 2)),
    }
    account = Account.objects.get(practitioner=person)
    assert account.username == "liyisheng"
    # Nobody can sign in before the security administrator has given a password.
    assert not account.has_usable_password()
    assert account.must_change_password

    again, there, _ = written(by, at, layouts.PRACTITIONERS, [DOCTOR])
    assert (again, there) == (["existing"], made[:1])
    assert undone(by, at, layouts.PRACTITIONERS, lines[:1], made[:1]) == [""]
    assert not Account.objects.get(practitioner=person).active
    assert Duty.objects.get(practitioner=person, role="village_doctor").until_on == dt.date(2025, 6, 2)
    assert Duty.objects.get(practitioner=person, role="township_clerk").until_on is None


def test_two_doctors_of_one_name_stay_two(scene, at, by):
    rows = [DOCTOR | {"=number": n, "=username": None, "=title": None} for n in ("R01", "R02")]
    states, made, _ = written(by, at, layouts.PRACTITIONERS, rows)
    assert states == ["applied"] * 2
    assert made[0] != made[1]
    again, there, _ = written(by, at, layouts.PRACTITIONERS, rows)
    assert (again, there) == (["existing"] * 2, made)
    unsure, _, lines = written(by, at, layouts.PRACTITIONERS, [rows[0] | {"=number": None}])
    assert unsure == ["rejected"]
    assert said(lines[0]) == [("=name", "ambiguous_name")]


def test_staff_that_cannot_be(scene, at, by):
    taken = scene.world.accounts["village_doctor@village_a"].username
    rows = [
        DOCTOR | {"=roles": "安全保密管理员"},
        DOCTOR | {"=roles": "神医"},
        DOCTOR | {"=organization": "far_village单位"},
        DOCTOR | {"=username": taken},
        DOCTOR | {"=from_on": "2025-01-01", "=until_on": "2024-01-01"},
    ]
    states, _, lines = written(by, at, layouts.PRACTITIONERS, rows)
    assert states == ["rejected"] * 5
    assert [said(line)[0] for line in lines] == [
        ("=roles", "administrator"),
        ("=roles", "option"),
        ("=organization", "unknown_organization"),
        ("=username", "username_taken"),
        ("=until_on", "date"),
    ]
    assert not Practitioner.objects.filter(name="李医生").exists()


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


def test_who_a_row_is_about(scene, at, by, people):
    """Our number, an old system's, the document, or name with birth date and village; several people wait."""
    from gongwei.residents import old_numbers

    first, second = people["王建国"], people["李桂兰"]
    twin = resident(scene.world, number=44, name="李桂兰", sex="2")
    old_numbers.keep(
        [
            (first.id, "老系统-7"),
            (second.id, people["张秀英"].record_no),
            (second.id, "同号"),
            (twin.id, "同号"),
        ],
        at.date(),
    )
    old_numbers.keep([(first.id, "老系统-7")], at.date())
    assert first.identifiers.filter(id_type="OR").count() == 1
    village = {"@birth_date": "1961-01-01", "@area": str(VILLAGE)}
    rows = [
        {"@record_no": "老系统-7", "@name": "王建国"},
        {"@record_no": "老系统-７", "@name": "王 建国"},
        # An old number that is by chance ours of somebody else: the name decides.
        {"@record_no": people["张秀英"].record_no, "@name": "李桂兰"},
        {"@record_no": people["张秀英"].record_no, "@name": "张秀英"},
        {"@record_no": "没有的号", "@id_number": first_id(), "@name": "王建国"},
        {"@record_no": second.record_no, "@id_number": first_id(), "@name": "李桂兰"},
        {"@name": "张秀英", **village},
        {"@name": "李桂兰", **village},
        {"@record_no": "同号", "@name": "李桂兰"},
        {"@name": "李桂兰", **village, "@birth_date": "1961-01-02"},
        {"@record_no": "老系统-7", "@name": "王建军"},
    ]
    _, _, lines = written(by, at, layouts.EPISODES, rows, "check")
    found = [line.resident_id for line in lines]
    assert found == [
        first.id, first.id, second.id, people["张秀英"].id, first.id, second.id, people["张秀英"].id, None, None, None, None,
    ]  # fmt: skip
    assert [sorted(line.candidates) for line in lines[7:9]] == [sorted([second.id, twin.id])] * 2
    assert [said(line)[0][1] for line in lines[7:]] == [
        "several_people", "several_people", "resident_not_found", "other_name",
    ]  # fmt: skip
    assert queries.household_now(first.id) is None


def first_id():
    from tests.integration.excel.conftest import own_number

    return own_number()


PERSON = {"=name": "赵新民", "=sex": "男", "=birth_date": "1950-02-03", "=id_number": "660101195002030019", "=area": str(VILLAGE), "=residence_type": "1"}  # fmt: skip


def filed(by, at, rows, doing="apply"):
    """States and lines of rows of 建档 as a package files them."""
    columns = [each.identifier for each in layouts.of(layouts.RESIDENTS).columns]
    plan = headings.Plan("表", 0, 0, 1, columns, columns, True)
    lines = [
        Line(n, 0, n + 1, [row.get(each) for each in columns], key=ids.uuid7())
        for n, row in enumerate(rows, 1)
    ]
    parser = parsing.Parser(layouts.of(layouts.RESIDENTS), [plan], Directory(by))
    for line in lines:
        parser.parse(line)
    outcomes = getattr(filing.Filer(by, parser, waits=True), doing)(at, lines)
    return [state for state, _ in outcomes], lines


def test_old_numbers_that_look_like_ours_file_nobody_twice_and_nobody_as_another(scene, at, by):
    """An old system of the national scheme: its numbers are in the package, ours are given anew and cross with them."""
    numbering.next_serials(
        scene.resident.record_no[:12], 60
    )  # the scene's residents were given numbers by hand
    number = "66010119500203001"
    first = PERSON | {
        "=id_number": number + identity.check_character(number),
        "=record_no": scene.resident.record_no,
    }
    without = PERSON | {
        "=name": "钱无证", "=id_number": "无", "=no_id_reason": "遗失", "=birth_date": "1948-05-06", "=record_no": "旧－00８",
    }  # fmt: skip
    states, lines = filed(by, at, [first, without])
    assert states == ["applied"] * 2, [line.wrong for line in lines]
    person, other = (Resident.objects.get(id=line.resident_id) for line in lines)
    assert person.name == "赵新民"
    assert person.record_no != scene.resident.record_no

    again, there = filed(by, at, [first, without])
    assert again == ["existing"] * 2, [line.wrong for line in there]
    assert [line.resident_id for line in there] == [person.id, other.id]
    # Whose number it is: the name says it.
    rows = [
        {"@record_no": scene.resident.record_no, "@name": "赵新民"},
        {"@record_no": scene.resident.record_no, "@name": scene.resident.name},
        {"@record_no": "旧-008", "@name": "钱无证"},
    ]
    _, _, lines = written(by, at, layouts.EPISODES, rows, "check")
    assert [line.resident_id for line in lines] == [person.id, scene.resident.id, other.id]
