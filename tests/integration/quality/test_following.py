"""Every saved, corrected or withdrawn record is checked again (quality_rules.md, K)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.integration.quality.conftest import live
from tests.integration.records.conftest import VILLAGE, follow_up, record

from gongwei.programmes.hypertension.models import FollowUp
from gongwei.quality import probes, resident_checks, rules
from gongwei.quality.models import Finding, FindingStep, Run
from gongwei.records import operations
from gongwei.residents import sealing
from gongwei.residents.models import Resident

DAY = dt.date(2025, 3, 10)
NO_DRUGS = {"medication_adherence": "3"}  # 不服药, and yet a list of drugs: QC010


def about(response):
    return sorted(Finding.objects.filter(response=response, state="open").values_list("rule", flat=True))


@pytest.fixture
def managed(scene, at):
    """Under management since before the records: a follow-up without it is doubtful in itself (QC027)."""
    operations.start_episode(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        kind="hypertension",
        started_on=dt.date(2024, 6, 1),
    )


@pytest.fixture
def doubtful(scene, at):
    """A follow-up that contradicts itself: 不服药 with drugs."""
    return record(scene, at, DAY, answers=follow_up(scene, **NO_DRUGS)).responses[0]


def test_a_record_in_order_has_no_finding(scene, at, managed, follow):
    kept = record(scene, at, DAY)
    follow()
    assert about(kept.responses[0]) == []


def test_a_contradiction_becomes_a_finding_with_what_was_found(scene, doubtful, follow):
    follow()
    found = Finding.objects.get(response=doubtful, rule="QC010")
    assert (found.title, found.severity, found.dimension) == ("服药依从性与用药矛盾", "minor", "X")
    assert (found.resident_id, found.area_key) == (scene.resident.pk, scene.resident.area_id)
    assert (found.practitioner_id, found.organization_id) == (
        doubtful.encounter.practitioner_id,
        doubtful.encounter.organization_id,
    )
    assert found.done_on == DAY
    assert "硝苯地平" not in found.found + found.expected + str(found.evidence)
    assert Run.objects.get(pk=found.run_id).found >= 1


def test_looking_twice_finds_nothing_new(scene, at, managed, doubtful, follow):
    first = follow()
    record(scene, at, DAY - dt.timedelta(days=60), answers=follow_up(scene, systolic=131))
    again = follow()
    assert first.found > 0
    assert (again.found, again.fixed) == (0, 0)
    assert Finding.objects.filter(response=doubtful, rule="QC010").count() == 1


def test_a_corrected_record_closes_its_finding(scene, at, doubtful, follow):
    follow()
    operations.supersede_response(
        by=scene.doctor, at=at, response_id=doubtful.pk, answers=follow_up(scene), reason="填错"
    )
    follow()
    found = Finding.objects.get(response=doubtful, rule="QC010")
    assert (found.state, found.closed_because) == ("fixed", "corrected")
    assert found.closed_at is not None
    assert list(found.steps.values_list("what", "because")) == [("fixed", "corrected")]


def test_a_correction_to_another_day_closes_the_finding_of_the_old_day(scene, at, doubtful, follow):
    follow()
    operations.supersede_response(
        by=scene.doctor,
        at=at,
        response_id=doubtful.pk,
        answers=follow_up(scene),
        reason="日期填错",
        done_on=dt.date(2025, 5, 20),
    )
    follow()
    assert Finding.objects.get(response=doubtful, rule="QC010").state == "fixed"


def test_a_withdrawn_record_closes_its_finding(scene, at, doubtful, follow):
    follow()
    operations.enter_in_error(by=scene.centre, at=at, response_id=doubtful.pk, reason="填错居民")
    follow()
    assert Finding.objects.get(response=doubtful, rule="QC010").closed_because == "withdrawn"


def test_a_correction_that_is_still_wrong_is_a_new_finding(scene, at, doubtful, follow):
    follow()
    new = operations.supersede_response(
        by=scene.doctor, at=at, response_id=doubtful.pk, answers=follow_up(scene, **NO_DRUGS), reason="补录"
    )
    follow()
    assert about(doubtful) == []
    assert "QC010" in about(new)


def test_what_came_before_is_looked_at_again(scene, at, follow):
    """J2: the same pressure three times in a row is asked about at the third, and only while the others stand."""
    kept = [
        record(scene, at, day, answers=follow_up(scene, weight=Decimal(60 + place))).responses[0]
        for place, day in enumerate((DAY, dt.date(2025, 3, 31), dt.date(2025, 4, 20)))
    ]
    follow()
    assert ["QC012" in about(each) for each in kept] == [False, False, True]
    operations.enter_in_error(by=scene.centre, at=at, response_id=kept[0].pk, reason="填错居民")
    follow()
    assert "QC012" not in about(kept[2])


def test_service_after_death(scene, at, follow):
    """K: on the day of death allowed, the day after flagged (QA030)."""
    on_the_day = record(scene, at, DAY).responses[0]
    after = record(scene, at, DAY + dt.timedelta(days=1)).responses[0]
    Resident.objects.filter(pk=scene.resident.pk).update(death_on=DAY)
    follow()
    assert "QA030" not in about(on_the_day)
    assert "QA030" in about(after)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"name": "测试"}, "QA025"),
        ({"name": "王1"}, "QA025"),
        ({"name": "王"}, "QA025"),
        ({"birth_date": dt.date(1900, 1, 1)}, "QA007"),
        ({"filed_on": dt.date(2008, 12, 31)}, "QA027"),
        ({"contact_name": "王某"}, "QA015"),
        ({}, "QA026"),
        ({"record_no": "99010110110100001"}, "QA008"),
        ({"address": ""}, "QA011"),
        ({"residence_type": "2"}, "QA011"),
        ({"residence_type": "2", "address": "12号", "hukou_address": "12号"}, "QA024"),
        ({"residence_type": "2", "hukou_area_code": str(VILLAGE)}, "QA024"),
    ],
)
def test_what_is_wrong_with_a_file(scene, at, follow, changes, rule):
    Resident.objects.filter(pk=scene.resident.pk).update(**changes)
    record(scene, at, DAY)
    follow()
    assert rule in live(resident=scene.resident, response=None)


def test_a_file_in_order_has_no_finding(scene, at, follow):
    whole_cover(scene)
    record(scene, at, DAY)
    follow()
    assert live(resident=scene.resident, response=None) == []


def whole_cover(scene, **changes):
    """A cover with everything on it."""
    Resident.objects.filter(pk=scene.resident.pk).update(
        **{
            "responsible_doctor": scene.practitioner,
            "address": "12号",
            "filed_by": scene.practitioner,
            "filed_organization": scene.world.organizations["village_a"],
            **sealing.phone_columns(scene.resident.pk, "13900001234"),
        }
        | changes
    )


def test_somebody_from_elsewhere_with_another_registered_address_is_in_order(scene, at, follow):
    whole_cover(scene, residence_type="2", hukou_area_code="320723101201", hukou_address="8号")
    record(scene, at, DAY)
    follow()
    assert live(resident=scene.resident, response=None) == []


def test_a_changed_rule_is_applied_to_what_is_there(scene, at, doubtful, follow, monkeypatch):
    """A rule made graver moves the finding; a rule that no longer complains closes it, because the rule changed."""
    follow()
    form = next(form for form in probes.asked_forms() if form.code == "htn_follow_up")
    ordinary = probes.of(form)
    graver = rules.Rule("QC010", "服药依从性与用药矛盾", rules.Dimension.CONSISTENCY, rules.Severity.MAJOR)
    changed = tuple(
        replace(probe, rule=graver, digest="0123456789abcdef") if probe.rule.code == "QC010" else probe
        for probe in ordinary
    )
    monkeypatch.setattr(probes, "of", lambda asked: changed if asked is form else ())
    record(scene, at, dt.date(2025, 1, 5), answers=follow_up(scene, systolic=131))
    follow()
    assert Finding.objects.get(response=doubtful, rule="QC010").severity == "major"
    monkeypatch.setattr(probes, "of", lambda asked: tuple(p for p in changed if p.rule.code != "QC010"))
    record(scene, at, dt.date(2025, 1, 6), answers=follow_up(scene, systolic=132))
    follow()
    found = Finding.objects.get(response=doubtful, rule="QC010")
    assert (found.state, found.closed_because) == ("fixed", "rule")


def test_what_a_person_dismissed_stays_dismissed_and_what_was_fixed_comes_back(scene, at, doubtful, follow):
    follow()
    Finding.objects.filter(response=doubtful, rule="QC010").update(
        state="dismissed", closed_at=at, closed_because="person"
    )
    record(scene, at, dt.date(2025, 1, 5), answers=follow_up(scene, systolic=131))
    follow()
    assert Finding.objects.get(response=doubtful, rule="QC010").state == "dismissed"
    Finding.objects.filter(response=doubtful, rule="QC010").update(state="fixed")
    record(scene, at, dt.date(2025, 1, 6), answers=follow_up(scene, systolic=132))
    follow()
    found = Finding.objects.get(response=doubtful, rule="QC010")
    assert (found.state, found.closed_at) == ("open", None)
    assert FindingStep.objects.filter(finding=found, what="reopened").count() == 1


def test_every_query_has_a_rule_of_the_reference():
    assert len(resident_checks.checks()) == 32
    assert {check.rule.code for check in resident_checks.checks()} <= set(rules.numbered())


def test_a_class_filled_in_by_a_rule_stays_and_is_asked_about_when_an_earlier_record_is_corrected(
    scene, at, managed, follow
):
    """ADR 0027: what the form says is never changed behind a person's back; a difference is a finding for that person."""
    first = record(scene, at, DAY, answers=follow_up(scene, systolic=152)).responses[0]
    both = {"systolic": 152, "adverse_reaction": "2", "adverse_reaction_note": "硝苯地平，踝部水肿"}
    second = record(
        scene,
        at,
        DAY + dt.timedelta(days=14),
        answers=follow_up(scene, **both, referral_to="县医院"),
    ).responses[0]
    assert second.outcome["row"] == "refer_uncontrolled"
    follow()
    assert "QC005" not in about(second)
    operations.supersede_response(
        by=scene.doctor, at=at, response_id=first.pk, answers=follow_up(scene), reason="血压录错"
    )
    follow()
    second.refresh_from_db()
    assert (second.outcome["row"], about(second).count("QC005")) == ("change_drug", 1)
    assert FollowUp.objects.get(pk=second.pk).outcome == "2"
    operations.supersede_response(
        by=scene.doctor,
        at=at,
        response_id=second.pk,
        answers=follow_up(scene, **both, outcome="3"),
        reason="按更正后的上次随访重新分类",
    )
    follow()
    assert Finding.objects.get(response=second, rule="QC005").closed_because == "corrected"
