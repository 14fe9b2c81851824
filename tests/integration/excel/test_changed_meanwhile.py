"""What the check made of a row is written as it is, unless what it rests on has changed since: then the row is judged again."""

import datetime as dt
from dataclasses import replace

import pytest
from tests.integration.excel import workbooks
from tests.integration.excel.test_uploads import applied, row_of, states, told, uploaded
from tests.integration.records.conftest import FAR, follow_up

from gongwei import catalogue
from gongwei.base import clock, scope
from gongwei.interfaces.excel import checking
from gongwei.interfaces.excel.models import UploadPortion, UploadRow
from gongwei.language.parameters import ParameterSet
from gongwei.records import bulk, bulk_keeping, operations
from gongwei.records.models import Encounter, Episode, Response
from gongwei.residents.models import Resident

DAY = dt.date(2025, 3, 10)


@pytest.fixture
def judged_again(monkeypatch):
    """The rows that were judged a second time, by number in the sheet."""
    found = []
    really = checking.Work.apply

    def apply(self, wanted):
        found.extend(UploadRow.objects.filter(id__in=wanted).values_list("number", flat=True))
        return really(self, wanted)

    monkeypatch.setattr(checking.Work, "apply", apply)
    return found


def two(scene, people, **changes):
    """A workbook about two residents, the first with changes."""
    return workbooks.filled([row_of(scene, people["王建国"], **changes), row_of(scene, people["李桂兰"])])


def served(scene, at, person, day, **changes):
    """A follow-up typed in by the village doctor."""
    with scope.acting(scene.doctor):
        operations.record_encounter(
            by=scene.doctor, at=at, resident_id=person.pk, done_on=day, mode="home",
            responses=[("htn_follow_up", follow_up(scene, **changes))],
        )  # fmt: skip


def kept(person, day=DAY):
    """The response of a resident on a day."""
    return Response.objects.get(resident=person.pk, done_on=day)


def test_what_nothing_has_changed_for_is_judged_once(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people, systolic=152, referral_to="县医院"))
    assert Encounter.objects.count() == 0
    upload = applied(scene, at, upload)
    assert states(upload) == ["applied", "applied"]
    assert judged_again == []
    assert UploadPortion.objects.filter(upload=upload, kept_cipher__isnull=False).count() == 0
    assert UploadPortion.objects.get(upload=upload).rows == 2


def test_a_resident_who_moved_away_is_refused(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people))
    Resident.objects.filter(pk=people["王建国"].pk).update(area=FAR)
    upload = applied(scene, at, upload)
    assert states(upload) == ["rejected", "applied"]
    assert told(upload) == [(3, "", "resident_not_found")]
    assert judged_again == [3]


def test_a_resident_who_died_is_refused(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people))
    Resident.objects.filter(pk=people["王建国"].pk).update(death_on=dt.date(2024, 1, 1))
    assert states(applied(scene, at, upload)) == ["rejected", "applied"]
    assert judged_again == [3]


def test_a_management_that_ended_is_asked_about(scene, at, people, judged_again):
    for person in (people["王建国"], people["李桂兰"]):
        Episode.objects.create(
            resident_id=person.pk, area_key=person.area_id, kind="hypertension", state="active",
            started_on=dt.date(2021, 1, 1), organization=person.managing_organization,
        )  # fmt: skip
    upload = uploaded(scene, at, two(scene, people))
    Episode.objects.filter(resident_id=people["王建国"].pk).update(started_on=DAY + dt.timedelta(days=1))
    applied(scene, at, upload)
    assert judged_again == [3]
    rules = [{each["rule"] for each in kept(people[name]).questions} for name in ("王建国", "李桂兰")]
    assert "QC027" in rules[0]
    assert "QC027" not in rules[1]


def test_the_same_service_typed_in_meanwhile_is_there_already(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people))
    applied(scene, at, uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"])])))
    assert states(applied(scene, at, upload)) == ["existing", "applied"]
    assert judged_again == [3]
    assert Response.objects.filter(resident=people["王建国"].pk).count() == 1


def test_another_service_typed_in_for_the_same_day_is_told(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people))
    served(scene, at, people["王建国"], DAY, systolic=126)
    upload = applied(scene, at, upload)
    assert states(upload) == ["rejected", "applied"]
    assert told(upload) == [(3, "done_on", "other_on_same_day")]
    assert judged_again == [3]


def test_an_earlier_service_typed_in_meanwhile_counts(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people, systolic=152, referral_to="县医院"))
    served(scene, at, people["王建国"], DAY - dt.timedelta(days=20), systolic=156, diastolic=84)
    applied(scene, at, upload)
    assert judged_again == [3]
    assert (
        kept(people["王建国"]).outcome["row"] == "refer_uncontrolled"
    )  # a second time in a row, not the first


def test_a_parameter_that_changed_counts(scene, at, people, judged_again, monkeypatch):
    upload = uploaded(scene, at, two(scene, people))
    known = catalogue.current()
    goal = known.parameters.definitions["htn.goal_sbp"]
    changed = replace(goal, values=tuple(replace(each, value=130) for each in goal.values))
    others = [each for each in known.parameters.definitions.values() if each.code != goal.code]
    monkeypatch.setattr(known, "parameters", ParameterSet([*others, changed]))
    bulk._parameters.cache_clear()  # as after the restart that brings new parameters
    bulk_keeping._rules_of_form.cache_clear()
    try:
        applied(scene, at, upload)
        assert sorted(judged_again) == [3, 4]
        assert kept(people["王建国"]).outcome["row"] == "adjust_treatment"
    finally:
        monkeypatch.undo()
        bulk._parameters.cache_clear()
        bulk_keeping._rules_of_form.cache_clear()


def test_what_is_written_on_another_day_is_judged_anew(scene, at, people, judged_again):
    upload = uploaded(scene, at, two(scene, people))
    later = at + dt.timedelta(days=1)
    with clock.fixed(later):
        assert states(applied(scene, later, upload)) == ["applied", "applied"]
    assert sorted(judged_again) == [3, 4]
    assert {each.entered_at for each in Response.objects.all()} == {later}


def test_when_and_by_whom_are_those_of_the_writing(scene, at, people):
    upload = uploaded(scene, at, two(scene, people))
    later = at + dt.timedelta(hours=2)
    with clock.fixed(later):
        applied(scene, later, upload)
    entered = {
        (each.entered_at, each.entered_by, each.encounter.entered_at) for each in Response.objects.all()
    }
    assert entered == {(later, scene.clerk.account_id, later)}


def test_what_is_kept_says_nothing_identifying(scene, at, people):
    uploaded(scene, at, two(scene, people, medications="硝苯地平；2；10；1"))
    stored = bytes(UploadPortion.objects.get().kept_cipher)
    assert len(stored) > 100
    for text in ("王建国", "硝苯地平", str(people["王建国"].pk)):
        assert text.encode() not in stored
