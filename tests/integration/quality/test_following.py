"""Every saved, corrected or withdrawn record is checked again (quality_rules.md, K)."""

import datetime as dt
from dataclasses import replace

import pytest
from tests.integration.quality.conftest import live
from tests.integration.records.conftest import follow_up, record

from gongwei.quality import probes, resident_checks, rules
from gongwei.quality.models import Finding, FindingStep, Run
from gongwei.records import operations
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
    """血压与上次完全相同: the second record is in doubt only while the first stands."""
    first = record(scene, at, DAY).responses[0]
    second = record(scene, at, dt.date(2025, 4, 20)).responses[0]
    follow()
    assert "QC012" in about(second)
    operations.enter_in_error(by=scene.centre, at=at, response_id=first.pk, reason="填错居民")
    follow()
    assert "QC012" not in about(second)


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
    ],
)
def test_what_is_wrong_with_a_file(scene, at, follow, changes, rule):
    Resident.objects.filter(pk=scene.resident.pk).update(**changes)
    record(scene, at, DAY)
    follow()
    assert rule in live(resident=scene.resident, response=None)


def test_a_file_in_order_has_no_finding(scene, at, follow):
    Resident.objects.filter(pk=scene.resident.pk).update(responsible_doctor=scene.practitioner)
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
    assert len(resident_checks.checks()) == 20
    assert {check.rule.code for check in resident_checks.checks()} <= set(rules.numbered())
