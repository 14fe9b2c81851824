"""Staff of a package with duties and accounts: who is on file is known again, who may be somebody else is asked for."""

import datetime as dt

from tests.integration.excel.structure_sheets import said, undone, written

from gongwei.interfaces.excel import layouts
from gongwei.places.models import Account, Duty, Practitioner

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


def test_another_title_is_the_same_person(scene, at, by):
    known = DOCTOR | {"=username": None}
    _, made, _ = written(by, at, layouts.PRACTITIONERS, [known])
    for number in ("R01", "P77", None):
        states, there, lines = written(
            by, at, layouts.PRACTITIONERS, [known | {"=number": number, "=title": "主治医师"}]
        )
        assert (states, there) == (["existing"], made)
        assert [(each.rule, each.severity, each.reason) for each in lines[0].wrong] == [
            ("differs", "warn", "与系统中的职称“医师”不同，未修改")
        ]
    assert Practitioner.objects.get(name="李医生").title == "医师"


def test_of_two_of_a_name_the_file_tells_who_is_who(scene, at, by):
    """On file is the doctor; the file has a nurse of her name first: two people, however the rows stand."""
    known = DOCTOR | {"=username": None}
    _, made, _ = written(by, at, layouts.PRACTITIONERS, [known])
    both = [known | {"=number": "R02", "=title": "护士"}, known]
    states, there, _ = written(by, at, layouts.PRACTITIONERS, both)
    assert states == ["applied", "existing"]
    assert there[1] == made[0] != there[0]
    # A third title fits either: a person has to say who it is.
    unsure, _, lines = written(by, at, layouts.PRACTITIONERS, [known | {"=title": "主治医师"}])
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
