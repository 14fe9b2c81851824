"""A writer for test_kill: records encounters through `record_encounter`, and logs what was acknowledged.

After an error it cannot know whether the encounter was kept. It does what a phone does: the same again, with the same id.

    encounter_writer.py WRITER RESIDENT COUNT LOG      (DATABASE_URL and GONGWEI_HOME in the environment)
"""

import datetime as dt
import os
import sys
import time

import django
from django import db

from gongwei.base import ids


def main(writer: str, resident: str, count: str, log: str) -> None:
    """Record COUNT encounters of RESIDENT as WRITER, in the name of the village doctor of the small county."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongwei.site.settings"
    os.environ["GONGWEI_POOL"] = "0"
    django.setup()
    from gongwei.base import clock, scope
    from gongwei.places.actors import actor_for
    from gongwei.places.models import Account, Duty
    from gongwei.records import operations

    number, key, doctor = 0, ids.uuid7(), None
    with open(log, "a", buffering=1) as acknowledged:
        while number < int(count):
            try:
                if doctor is None:
                    account = Account.objects.select_related("practitioner").get(username="doctor")
                    duty = Duty.objects.get(practitioner=account.practitioner, role="village_doctor")
                    doctor = actor_for(account, duty)
                with scope.acting(doctor):
                    kept = operations.record_encounter(
                        by=doctor,
                        at=clock.now(),
                        resident_id=resident,
                        done_on=clock.today() - dt.timedelta(days=number % 300),
                        mode="outpatient",
                        encounter_id=key,
                        note=f"{writer}-{number}",
                        responses=[
                            (
                                "outpatient_note",
                                {
                                    "subjective": f"{writer}-{number}",
                                    "objective": "血压130/80mmHg",
                                    "assessment": "无特殊",
                                    "plan": "观察",
                                    "doctor": str(doctor.practitioner_id),
                                },
                            )
                        ],
                    )
            except (db.OperationalError, db.InterfaceError):
                db.connection.close()
                time.sleep(0.05)
                continue
            acknowledged.write(f"{number} {key} {int(kept.repeated)}\n")
            number, key = number + 1, ids.uuid7()


if __name__ == "__main__":
    main(*sys.argv[1:])
