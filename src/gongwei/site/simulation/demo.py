"""The living parts of the demonstration county: what clerks and doctors did in the last days.

Made through the same operations as the pages use, each as the person who would do it, so that the audit trail,
the inbox of transfers and the list of clashes have something to show.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from gongwei.base import clock, scope, seals
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import actors, queries
from gongwei.places.models import Account, Duty, Organization
from gongwei.quality import bulk
from gongwei.records import operations as records
from gongwei.records import referral_rebuilding
from gongwei.records.models import Episode
from gongwei.residents import operations as residents
from gongwei.residents import queries as people
from gongwei.residents.models import Resident
from gongwei.site.simulation import accounts
from gongwei.tasks import following, suspecting
from gongwei.tasks import operations as tasks
from gongwei.tasks import queries as queries_of_tasks

REFERRED_WITHIN = timedelta(days=45)  # referrals of older simulated records are over
COLLEAGUE = "cunyi2"  # a village doctor of another township, for trying transfers between two


def enliven() -> None:
    """Do a few days' work of the village doctor, the township clerk and a colleague in another township."""
    doctor, clerk = _actor("cunyi"), _actor("dangan")
    own = list(
        Resident.objects.filter(managing_organization=doctor.organization_id, status="active").order_by(
            "record_no"
        )[:400]
    )
    elsewhere = _elsewhere(doctor)
    duty = Duty.objects.filter(organization=elsewhere, role="village_doctor").order_by("id")[0]
    accounts.make_account(duty.practitioner, COLLEAGUE, clock.now())
    for step in (_seen, _followed_up, _edited_by_two, _moving_out, _suspected, _tried_in_vain):
        with transaction.atomic():
            step(doctor, clerk, own, elsewhere)
    with transaction.atomic():
        _moving_in(doctor, elsewhere)
    # Simulated records are written in columns: what the last ones ask for is followed up here.
    referral_rebuilding.rebuild(at=clock.now(), since=clock.today() - REFERRED_WITHIN)
    following.follow(clock.now())
    # With findings to deal with: the bulk run the county would order once its records are in.
    bulk.check_everything()
    seals.seal()


def _actor(username: str) -> Actor:
    account = Account.objects.select_related("practitioner").get(username=username)
    duty = next(iter(queries.duties_of(account, clock.today())))
    return actors.actor_for(account, duty)


def _elsewhere(doctor: Actor) -> Organization:
    """A village clinic of another township."""
    home = Organization.objects.get(id=doctor.organization_id)
    return Organization.objects.filter(kind="village_clinic").exclude(parent=home.parent).order_by("code")[0]


def _seen(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """Somebody looked at these files: the tab of readers is not empty."""
    for actor, some in ((clerk, own[:6]), (doctor, own[3:9])):
        with scope.acting(actor):
            for resident in some:
                people.file(actor, resident.id)


def _followed_up(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """Two follow-ups of today, written by the doctor: one controlled, one not."""
    managed = Episode.objects.filter(
        resident__in=[resident.id for resident in own], kind="hypertension", state="active"
    ).order_by("id")
    readings = [(132, 82), (158, 94)]
    for episode in managed:
        if not readings:
            return
        try:
            with scope.acting(doctor):
                records.record_encounter(
                    by=doctor,
                    at=clock.now(),
                    resident_id=episode.resident_id,
                    done_on=clock.today(),
                    mode="outpatient",
                    responses=[("htn_follow_up", _follow_up(*readings[0], doctor))],
                )
        except Refused:
            continue  # not controlled last time either: that one would have to be referred
        readings.pop(0)
    if readings:
        raise LookupError("nobody of the doctor's residents takes a routine follow-up")


def _follow_up(systolic: int, diastolic: int, doctor: Actor) -> dict[str, object]:
    return {
        "mode": "1",
        "symptoms": ["1"],
        "systolic": systolic,
        "diastolic": diastolic,
        "heart_rate": 74,
        "weight": "66.0",
        "cigarettes": 0,
        "cigarettes_goal": 0,
        "alcohol_liang": "0",
        "alcohol_liang_goal": "0",
        "exercise_per_week": 5,
        "exercise_minutes": 30,
        "exercise_per_week_goal": 5,
        "exercise_minutes_goal": 30,
        "salt": "2",
        "salt_goal": "1",
        "psychological_adjustment": "1",
        "compliance": "1",
        "medication_adherence": "1",
        "medications": [{"name": "苯磺酸氨氯地平片", "times_a_day": 1, "dose": "5", "dose_unit": "1"}],
        "adverse_reaction": "1",
        "complication": "0",
        "danger_signs": ["0"],
        "responsible_doctor": str(doctor.practitioner_id),
    }


def _edited_by_two(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """The clerk and the doctor changed the address of one resident to different values: a clash to decide."""
    resident = own[10]
    with scope.acting(clerk):
        residents.edit_resident(
            by=clerk,
            at=clock.now() - timedelta(hours=3),
            resident_id=resident.id,
            base_version=resident.version,
            changes={"address": "5组18号"},
        )
    with scope.acting(doctor):
        residents.edit_resident(
            by=doctor,
            at=clock.now() - timedelta(hours=1),
            resident_id=resident.id,
            base_version=resident.version,
            changes={"address": "5组16号", "employer": "镇中心小学"},
        )


def _moving_out(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """A request that waits for another township."""
    with scope.acting(clerk):
        residents.request_transfer(
            by=clerk,
            at=clock.now() - timedelta(days=2),
            resident_id=own[20].id,
            to_area=elsewhere.area_id,
            to_organization_id=elsewhere.id,
            moved_on=clock.today() - timedelta(days=5),
            to_address="3组7号",
            reason="随子女居住",
        )


def _suspected(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """Signs in the records of some residents: the list of the suspected has somebody to decide about."""
    managed = Episode.objects.filter(
        resident__in=[resident.id for resident in own], kind="hypertension"
    ).values_list("resident_id", flat=True)
    known = set(managed)
    examined = [
        resident.id for resident in own if resident.id not in known and resident.birth_date.year < 1975
    ]
    suspecting.find(examined[:40], clock.now())


def _tried_in_vain(doctor: Actor, clerk: Actor, own: list[Resident], elsewhere: Organization) -> None:
    """The doctor called at some doors where nobody was."""
    with scope.acting(doctor):
        due = queries_of_tasks.wanted(doctor, queries_of_tasks.Filters(), 12)
        for number, task_id in enumerate(due[::3]):
            tasks.record_attempt(
                by=doctor,
                at=clock.now(),
                task_id=task_id,
                result=("1", "5", "3", "2")[number % 4],
                on=clock.today() - timedelta(days=number + 1),
                note=("", "两次未接", "外出务工，年底返回", "说明后仍不愿测量")[number % 4],
            )


def _moving_in(doctor: Actor, elsewhere: Organization) -> None:
    """A request from another township that waits for the demonstration clerk."""
    home = Organization.objects.get(id=doctor.organization_id)
    actor = _actor(COLLEAGUE)
    resident = Resident.objects.filter(managing_organization=elsewhere, status="active").order_by(
        "record_no"
    )[3]
    with scope.acting(actor):
        residents.request_transfer(
            by=actor,
            at=clock.now() - timedelta(days=1),
            resident_id=resident.id,
            to_area=home.area_id,
            to_organization_id=home.id,
            moved_on=clock.today() - timedelta(days=3),
            to_address="2组11号",
            reason="返乡",
        )
