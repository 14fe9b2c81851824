"""A small county for the page journeys, made by the operations themselves. Run as a program it furnishes DATABASE_URL.

Two townships; 河口镇卫生院 with two village clinics, 山前镇卫生院 with one; a clerk, doctors, administrators; three families,
and a crowd of elderly people who stand before them in every list: nobody is found by standing on its first page.
"""

import datetime as dt
import json
from typing import Any
from uuid import UUID

from tests.functional import live_figures

PASSWORD = "Yunxi-2026-gw"
DOCUMENT = "测试县区划方案"
SINCE = dt.date(2020, 1, 1)
AREAS = (
    ("660000000000", "示范省"),
    ("660100000000", "示范市"),
    ("660101000000", "云溪县"),
    ("660101101000", "河口镇"),
    ("660101101201", "柳树村"),
    ("660101101202", "石桥村"),
    ("660101102000", "山前镇"),
    ("660101102201", "红旗村"),
)
ORGANIZATIONS = {
    "commission": ("YX0001", "云溪县卫生健康委", "county_commission", 660101000000, None),
    "centre": ("YX0100", "河口镇卫生院", "township_centre", 660101101000, "commission"),
    "willow": ("YX0101", "柳树村卫生室", "village_clinic", 660101101201, "centre"),
    "bridge": ("YX0102", "石桥村卫生室", "village_clinic", 660101101202, "centre"),
    "other": ("YX0200", "山前镇卫生院", "township_centre", 660101102000, "commission"),
    "flag": ("YX0201", "红旗村卫生室", "village_clinic", 660101102201, "other"),
}
STAFF = (
    ("clerk", "陈晓梅", "centre", "township_clerk"),
    ("clerk2", "周建华", "centre", "township_clerk"),
    ("doctor", "刘志强", "willow", "village_doctor"),
    ("other.clerk", "何秀英", "other", "township_clerk"),
    ("director", "吴国平", "centre", "township_director"),
    ("forgetful", "卫东", "centre", "township_clerk"),  # whose account a test locks
    ("forgotten", "黎明", "commission", "county_officer"),  # whose password a test has reset
    ("officer", "郑文斌", "commission", "county_officer"),
    ("sysadmin", "孙立", "commission", "system_admin"),
    ("secadmin", "钱敏", "commission", "security_admin"),
    ("auditor", "冯洁", "commission", "audit_admin"),
    ("evaluator", "白玉兰", "commission", "evaluator"),
    ("finance", "罗永福", "commission", "finance_officer"),
)
# name, sex digit, birth date, sequence, phone, village, relation to the head (02 is the head)
FAMILIES = (
    (
        ("王德福", "1", "1952-03-08", "101", "13900001234", "02"),
        ("李桂兰", "2", "1955-11-20", "104", "13900001235", "10"),
    ),
    (
        ("曾国强", "1", "1978-06-15", "231", "13900002001", "02"),
        ("单小燕", "2", "1981-09-02", "242", "13900002002", "10"),
        ("曾雨桐", "2", "2022-05-01", "026", "", "30"),
    ),
    (("张伟", "1", "1990-01-01", "311", "13900003001", "02"),),
)
CROWD, CROWD_BORN = 60, "1944-07-01"
VILLAGE_OF_FAMILY = (660101101201, 660101101201, 660101101202)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: str, sequence: str, county: str = "660101") -> str:
    """A number with a right check character (GB 11643-1999), in a county code nobody has."""
    body = county + birth.replace("-", "") + sequence
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def furnish(crowd: int = CROWD) -> dict[str, Any]:
    """Make the county, with so many people in the crowd; returns user names and ids by short names."""
    from django.contrib.auth import hashers
    from django.db import transaction

    from gongwei.base import actors, clock
    from gongwei.places import operations as places
    from gongwei.places.actors import actor_for
    from gongwei.places.models import Account, Duty
    from gongwei.quality import resident_checks
    from gongwei.quality.models import Finding
    from gongwei.residents import operations as residents

    at, by = clock.now(), actors.SYSTEM
    found: dict[str, Any] = {"password": PASSWORD, "residents": {}, "organizations": {}}
    with transaction.atomic():
        for code, name in AREAS:
            places.create_area(by=by, at=at, code=code, name=name, on=SINCE, document=DOCUMENT)
        organizations: dict[str, Any] = {}
        for short, (code, name, kind, area, parent) in ORGANIZATIONS.items():
            made = places.create_organization(
                by=by,
                at=at,
                code=code,
                name=name,
                kind=kind,
                area_key=area,
                parent_id=organizations[parent].id if parent else None,
                active_from=SINCE,
            )
            places.set_served_area(by=by, at=at, organization_id=made.id, area_key=area, from_on=SINCE)
            organizations[short] = made
            found["organizations"][short] = str(made.id)
        password = hashers.make_password(PASSWORD)
        people = {}
        for username, name, organization, role in STAFF:
            person = places.create_practitioner(
                by=by, at=at, name=name, organization_id=organizations[organization].id
            )
            places.assign_duty(
                by=by,
                at=at,
                practitioner_id=person.id,
                role=role,
                organization_id=organizations[organization].id,
                from_on=SINCE,
            )
            account, _ = places.create_account(by=by, at=at, practitioner_id=person.id, username=username)
            people[username] = person
            Account.objects.filter(id=account.id).update(
                password=password, must_change_password=False, password_changed_at=at
            )
        # The village doctor helps out in the township centre too.
        places.assign_duty(
            by=by,
            at=at,
            practitioner_id=people["doctor"].id,
            role="township_doctor",
            organization_id=organizations["centre"].id,
            from_on=dt.date(2023, 1, 1),
        )
        account = Account.objects.select_related("practitioner").get(username="clerk")
        clerk = actor_for(account, Duty.objects.get(practitioner=account.practitioner))
        for family, village in zip(FAMILIES, VILLAGE_OF_FAMILY, strict=True):
            household: Any = None
            for name, sex, birth, sequence, phone, relation in family:
                profile = {
                    "name": name,
                    "sex": sex,
                    "birth_date": birth,
                    "id_type": "01",
                    "id_number": id_number(birth, sequence),
                    "phone": phone,
                    "area": village,
                    "address": f"{family[0][0][0]}家巷{len(name)}号",
                    "residence_type": "1",
                }
                joins = {"id": household, "relation": relation} if household else {"relation": relation}
                filed = residents.register_resident(by=clerk, at=at, profile=profile, household=joins)
                household = household or filed.resident.household_id
                found["residents"][name] = str(filed.resident.id)
        _crowd(clerk, at, crowd)
        live_figures.keep(at)
        # Nobody has a responsible doctor here: QA026.
        resident_checks.of_residents([UUID(key) for key in found["residents"].values()], at=at, run_id=None)
        about = Finding.objects.filter(resident=found["residents"]["曾国强"])
        found["finding"] = str(about.values_list("id", flat=True)[0])
    return found


def _crowd(clerk: Any, at: dt.datetime, people: int) -> None:
    """More people than a page of any list shows, first by name and first by urgency."""
    from gongwei.residents import operations as residents
    from gongwei.tasks import operations as tasks

    made = []
    for number in range(people):
        profile = {
            "name": f"阿{'东西南北中春夏秋冬梅'[number // 10]}{'一二三四五六七八九十'[number % 10]}",
            "sex": "1",
            "birth_date": CROWD_BORN,
            "id_type": "01",
            "id_number": id_number(CROWD_BORN, f"{number * 2 + 1:03d}"),
            "phone": "13900008888",
            "area": VILLAGE_OF_FAMILY[0],
            "address": f"北街{number + 1}号",
            "residence_type": "1",
        }
        filed = residents.register_resident(by=clerk, at=at, profile=profile, household={"relation": "02"})
        made.append(filed.resident.id)
    tasks.replan(resident_ids=made, at=at)


def main() -> None:
    """Migrate and furnish, then say what was made as one line of JSON."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(json.dumps(furnish(), ensure_ascii=False))  # noqa: T201  # read by the fixture that started this program


if __name__ == "__main__":
    main()
