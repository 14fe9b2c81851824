"""Canaries for test_at_rest: identities written through the real operations, as clerks and phones write them.

    canary_writer.py COUNT      (DATABASE_URL and GONGWEI_HOME in the environment)

Prints one line of JSON: the numbers that must be found nowhere, and names, which are stored as they are.
"""

import datetime as dt
import hashlib
import json
import os
import sys

import django


def main(count: str) -> None:
    """Furnish the small county, then file, edit, search, move and upload people with numbers of their own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongwei.site.settings"
    os.environ["GONGWEI_POOL"] = "0"
    django.setup()
    from django.core.management import call_command
    from tests.functional.pages import county

    call_command("migrate", verbosity=0)
    made = county.furnish()

    from gongwei.base import clock, ids, jobs, problems, scope
    from gongwei.places.actors import actor_for
    from gongwei.places.models import Account, Duty
    from gongwei.quality import following
    from gongwei.quality.models import Finding
    from gongwei.records import inbox
    from gongwei.residents import operations
    from gongwei.residents import queries as residents

    def somebody(username: str):
        account = Account.objects.select_related("practitioner").get(username=username)
        return actor_for(
            account, Duty.objects.filter(practitioner=account.practitioner).order_by("from_on")[0]
        )

    clerk, doctor = somebody("clerk"), somebody("doctor")
    numbers: list[str] = []
    names: list[str] = []
    for place in range(int(count)):
        birth = dt.date(1943, 2, 1) + dt.timedelta(days=place)
        number = county.id_number(birth.isoformat(), f"{701 + 2 * (place % 140)}")
        phone, second, third = (f"1{lead}{73205191 + 7 * place}" for lead in ("87", "56", "98"))
        name = f"鸮鸮{chr(0x4E00 + place)}"
        at = clock.now()
        profile = {
            "name": name,
            "sex": "1",
            "birth_date": birth,
            "id_type": "01",
            "id_number": number,
            "phone": phone,
            "contact_name": "鸮联系",
            "contact_phone": second,
            "area": 660101101201,
            "address": "一组1号",
            "residence_type": "1",
        }
        with scope.acting(clerk):
            filed = operations.register_resident(
                by=clerk, at=at, profile=profile, household={"relation": "02"}
            )
            key = filed.resident.id
            operations.edit_resident(
                by=clerk,
                at=at,
                resident_id=key,
                base_version=filed.resident.version,
                changes={"phone": third},
            )
            # Refusals too: a second file under the same number, a number that is none, the loser of two edits.
            for wrong in (profile, {**profile, "id_number": number[:-1] + "Y"}):
                try:
                    operations.register_resident(by=clerk, at=at, profile=wrong, household={"relation": "02"})
                except problems.Refused:
                    continue
            operations.edit_resident(
                by=clerk,
                at=at,
                resident_id=key,
                base_version=filed.resident.version,
                changes={"phone": second},
            )
            for text in (number, number[-6:], phone, third):
                residents.search(clerk, text)
            residents.page(clerk, residents.Filters(id_number=number))
            residents.full_id(clerk, key, "核对身份")
        with scope.acting(doctor):
            payload = json.dumps({"resident": str(key), "id_number": number, "phone": phone})
            inbox.receive_envelope(
                by=doctor,
                at=at,
                envelope={
                    "device_id": "canary",
                    "op_seq": place + 1,
                    "op_id": str(ids.uuid7()),
                    "kind": "unknown",
                    "schema_version": 1,
                    "payload": payload,
                    "digest": hashlib.sha256(payload.encode()).hexdigest(),
                },
            )
        numbers += [number, phone, second, third]
        names.append(name)
    # The follower through the feed itself: nobody has a responsible doctor here (QA026), and once is enough.
    assert following.catch_up(seconds=60) > 0
    assert following.follow() == 0
    assert Finding.objects.filter(rule="QA026", resident__name__startswith="鸮鸮").count() == int(count)
    assert jobs.open_runs(clerk).count() == 0
    assert made["residents"]
    print(json.dumps({"numbers": numbers, "names": names}))  # noqa: T201  # read by the test


if __name__ == "__main__":
    main(*sys.argv[1:])
