"""A granted objection: the next settlement counts the record by 申诉认定, shows it, and leaves the rest as it was."""

import pytest
from tests.integration.settlement.settled_village import (
    at,
    organization,
    own_home,
    price_list,
    response,
    scene,
    settle,
    village,
)

from gongwei.base.actors import SYSTEM
from gongwei.base.problems import Refused
from gongwei.evaluation import appeals
from gongwei.records import operations as records
from gongwei.settlement import appealing, queries, run_operations
from gongwei.settlement.models import SettlementRun

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["at", "own_home", "scene", "village"]  # fixtures
DOCUMENT = "示卫函〔2025〕9号"


@pytest.fixture
def published(village, at):
    """A settlement by price, published: two offices, so that objections are open."""
    run = settle(at, total_fen=None, scheme_id=price_list(at, village).id)
    finance, officer = (
        village.world.actor(f"{role}@commission") for role in ("finance_officer", "county_officer")
    )
    run_operations.submit(by=finance, at=at, run_id=run.id)
    for step in (run_operations.approve, run_operations.post, run_operations.publish):
        step(by=officer, at=at, run_id=run.id)
    village.run, village.officer = SettlementRun.objects.get(id=run.id), officer
    return village


def objected(village, at, name):
    return appealing.make(
        by=village.doctor, at=at, run=village.run, organization_id=organization(village, "village_a"),
        record_id=response(village, name).id, text="当日为医嘱复查",
    )  # fmt: skip


def decided(village, at, appeal, granted=True, document=DOCUMENT):
    return appeals.decide(
        by=village.officer, at=at, appeal_id=appeal.id, granted=granted, answer="属实", document=document
    )


def lines(village, run, name):
    return queries.line_of_record(SYSTEM, run, response(village, name).id)


def paid(village, run):
    return queries.statement(SYSTEM, run, organization(village, "village_a")).unit.due_fen


def test_it_counts_next_time_by_its_own_word_and_the_difference_says_why(published, at):
    village = published
    (before,) = lines(village, village.run, "too_early")
    assert (before.counted, before.reason) == (False, "too_early")
    decided(village, at, objected(village, at, "too_early"))
    after = settle(at, total_fen=None, scheme_id=village.run.scheme_id)
    (line,) = lines(village, after, "too_early")
    assert (line.counted, line.reason, line.words) == (True, "", "申诉认定，予以计入")
    # 15 yuan entered late count half, of which the clinic has 60 %.
    assert paid(village, after) - paid(village, village.run) == 450
    found = {each.service_code: each for each in queries.difference(village.run, after)}
    assert set(found) == {"htn.follow_up"}
    assert {each.causes[:2] for each in queries.difference(village.run, after)} == {("granted", "records")}
    assert SettlementRun.objects.get(id=village.run.id).result_digest == village.run.result_digest
    assert [each[:2] for each in after.inputs["granted"]] == [
        [str(response(village, "too_early").id), "htn.follow_up"]
    ]
    # What others of the resident earn does not move: it opens no window and fills no limit.
    assert [each.counted for each in lines(village, after, "counted")] == [True]
    assert settle(at, total_fen=None, scheme_id=village.run.scheme_id).result_digest == after.result_digest


@pytest.mark.parametrize("name", ["telephone", "same_day"])
def test_other_reasons_give_way_too(published, at, name):
    decided(published, at, objected(published, at, name))
    after = settle(at, total_fen=None, scheme_id=published.run.scheme_id)
    assert [each.counted for each in lines(published, after, name)] == [True]


def test_a_refused_one_changes_nothing(published, at):
    decided(published, at, objected(published, at, "too_early"), granted=False, document="")
    after = settle(at, total_fen=None, scheme_id=published.run.scheme_id)
    assert after.result_digest == published.run.result_digest
    assert "granted" not in after.inputs


def test_it_needs_a_document_and_a_second_person(published, at):
    made = objected(published, at, "too_early")
    with pytest.raises(Refused, match="认定所依据的文件"):
        decided(published, at, made, document=" ")
    with pytest.raises(Refused, match="不能是同一个人"):
        appeals.decide(
            by=published.officer, at=at, granted=True, answer="属实", document=DOCUMENT,
            appeal_id=_by_the_officer(made, published.officer).id,
        )  # fmt: skip
    kept = decided(published, at, objected(published, at, "telephone"))
    assert (kept.document, kept.made_by, kept.decided_by) == (
        DOCUMENT, published.doctor.account_id, published.officer.account_id
    )  # fmt: skip
    with pytest.raises(Refused, match="申诉已经成立"):
        objected(published, at, "telephone")


def _by_the_officer(made, officer):
    made.made_by = officer.account_id
    made.save(update_fields=["made_by"])
    return made


def test_a_record_withdrawn_since_stays_out(published, at):
    decided(published, at, objected(published, at, "too_early"))
    records.enter_in_error(
        by=published.world.actor("township_doctor@centre"), at=at, response_id=response(published, "too_early").id,
        reason="录错人",
    )  # fmt: skip
    after = settle(at, total_fen=None, scheme_id=published.run.scheme_id)
    (line,) = lines(published, after, "too_early")
    assert (line.counted, line.reason) == (False, "entered_in_error")
    with pytest.raises(Refused, match="不能通过申诉计入"):
        appealing.make(
            by=published.doctor, at=at, run=_as_published(after, published, at), text="误",
            organization_id=organization(published, "village_a"), record_id=response(published, "too_early").id,
        )  # fmt: skip


def _as_published(run, village, at):
    finance = village.world.actor("finance_officer@commission")
    run_operations.submit(by=finance, at=at, run_id=run.id)
    for step in (run_operations.approve, run_operations.post, run_operations.publish):
        step(by=village.officer, at=at, run_id=run.id)
    return SettlementRun.objects.get(id=run.id)
