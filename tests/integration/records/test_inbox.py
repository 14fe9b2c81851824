"""The inbox: exactly once and in order under doubling, reordering and loss; nothing sent vanishes (reliability.md §2, R3)."""

import datetime as dt
import hashlib
import json
import random
import uuid

import pytest
from tests.integration.records.conftest import follow_up, record

from gongwei.base import sealed
from gongwei.base.problems import Refused
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import operations
from gongwei.records.models import Encounter, RawEnvelope

FIRST = dt.date(2025, 1, 1)


def payload(scene, number, **changes):
    """A follow-up on the day of that number."""
    answers = follow_up(scene, systolic=120 + number % 20) | changes
    for name in ("height", "weight", "alcohol_liang", "alcohol_liang_goal"):
        answers[name] = float(answers[name])
    return json.dumps(
        {
            "encounter_id": str(uuid.UUID(int=1000 + number)),
            "resident_id": str(scene.resident.pk),
            "done_on": (FIRST + dt.timedelta(days=number)).isoformat(),
            "mode": "home",
            "responses": [{"form": "htn_follow_up", "answers": answers, "claimed": {"row": "satisfactory"}}],
        }
    )


def envelopes(texts, kind="record_encounter"):
    """Envelopes of one device, chained by their digests."""
    made, before = [], ""
    for number, text in enumerate(texts, 1):
        digest = hashlib.sha256(text.encode()).hexdigest()
        made.append(
            {
                "device_id": "phone-1",
                "op_seq": number,
                "op_id": str(uuid.UUID(int=number)),
                "kind": kind,
                "schema_version": 1,
                "claimed_time": "2025-06-01T08:00:00+08:00",
                "payload": text,
                "digest": digest,
                "previous_digest": before,
            }
        )
        before = digest
    return made


def send(scene, at, envelope):
    """One envelope through the door."""
    return operations.receive_envelope(by=scene.doctor, at=at, envelope=envelope)


def test_an_operation_is_applied_and_its_repeat_gets_the_same_answer(scene, at):
    (one,) = envelopes([payload(scene, 1)])
    first = send(scene, at, one)
    assert (first["result"], first["outcomes"]["htn_follow_up"]["row"]) == ("applied", "satisfactory")
    again = send(scene, at, one)
    assert again["result"] == "duplicate"
    assert again["responses"] == first["responses"]
    encounter = Encounter.objects.get()
    assert (encounter.source, encounter.device_id, encounter.op_seq) == ("phone", "phone-1", 1)
    assert FollowUp.objects.count() == 1


def test_the_original_is_kept_sealed(scene, at):
    (one,) = envelopes([payload(scene, 1, note="独居老人")])
    send(scene, at, one)
    kept = RawEnvelope.objects.get()
    assert "独居老人".encode() not in bytes(kept.payload_cipher)
    opened = sealed.decrypt(
        kept.payload_cipher, table="records_rawenvelope", column="payload_cipher", row_id=kept.pk
    )
    assert opened == one["payload"]


def test_a_gap_is_held_and_released_in_order(scene, at):
    one, two, three = envelopes([payload(scene, n) for n in (1, 2, 3)])
    assert send(scene, at, three)["result"] == "held"
    assert send(scene, at, two)["waiting_for"] == 1
    assert not Encounter.objects.exists()
    answer = send(scene, at, one)
    assert [each["op_seq"] for each in answer["released"]] == [2, 3]
    assert Encounter.objects.count() == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e | {"digest": "0" * 64},
        lambda e: e | {"kind": "fly"},
        lambda e: e | {"schema_version": 9},
    ],
)
def test_a_bad_operation_is_kept_with_its_reason_and_blocks_nobody(scene, at, spoil):
    one, two = envelopes([payload(scene, 1), payload(scene, 2)])
    bad = spoil(one)
    answer = send(scene, at, bad)
    assert answer["result"] == "rejected"
    assert answer["reasons"][0]["message"]
    two["previous_digest"] = bad["digest"]
    assert send(scene, at, two)["result"] == "applied"
    assert RawEnvelope.objects.count() == 2
    assert Encounter.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"done_on": 0}',
        '{"done_on": NaN}',
        "{}",
        '{"resident_id": 5, "responses": []}',
        "[" * 5000,
    ],
)
def test_payloads_that_say_nothing_sensible_are_rejected(scene, at, text):
    (one,) = envelopes([text])
    answer = send(scene, at, one)
    assert answer["result"] == "rejected"
    assert "failed" not in {each["code"] for each in answer["reasons"]}


@pytest.mark.parametrize(
    "broken",
    [
        {"op_seq": 0},
        {"op_seq": "1"},
        {"op_seq": True},
        {"op_id": "x"},
        {"payload": {}},
        {"digest": "abc"},
        {"claimed_time": "soon"},
    ],
)
def test_what_is_no_envelope_is_refused(scene, at, broken):
    (one,) = envelopes([payload(scene, 1)])
    with pytest.raises(Refused):
        send(scene, at, one | broken)
    assert not RawEnvelope.objects.exists()


def test_wrong_answers_come_back_with_form_and_field(scene, at):
    (one,) = envelopes([payload(scene, 1, systolic=39, diastolic=38)])
    (reason,) = send(scene, at, one)["reasons"]
    assert (reason["form"], reason["field"], reason["code"]) == ("htn_follow_up", "systolic", "between")


def test_a_number_used_twice_for_different_things_is_refused(scene, at):
    (one,) = envelopes([payload(scene, 1)])
    send(scene, at, one)
    with pytest.raises(Refused, match="已用于另一项操作"):
        send(scene, at, one | {"op_id": str(uuid.uuid4())})


def test_a_device_belongs_to_one_account(scene, at):
    one, two = envelopes([payload(scene, 1), payload(scene, 2)])
    send(scene, at, one)
    with pytest.raises(Refused, match="其他账号"):
        operations.receive_envelope(by=scene.centre, at=at, envelope=two)


def test_a_correction_against_a_corrected_record_is_a_conflict(scene, at):
    (old,) = record(scene, at, FIRST).responses
    operations.supersede_response(
        by=scene.doctor, at=at, response_id=old.pk, answers=follow_up(scene, systolic=130), reason="录错"
    )
    answers = json.loads(payload(scene, 1))["responses"][0]["answers"]
    text = json.dumps(
        {"response_id": str(old.pk), "new_id": str(uuid.uuid4()), "answers": answers, "reason": "录错"}
    )
    (one,) = envelopes([text], kind="supersede_response")
    assert send(scene, at, one)["result"] == "conflict"
    assert FollowUp.objects.filter(live=True).count() == 1


@pytest.mark.parametrize("seed", range(5))
def test_any_order_with_doubles_ends_the_same(scene, at, seed):
    """Twelve operations, two of them bad, sent shuffled and doubled, lost ones sent again: each applied once."""
    texts = [payload(scene, n) for n in range(1, 13)]
    texts[3], texts[8] = payload(scene, 4, systolic=999), "{"
    made = envelopes(texts)
    queue = made * 2
    random.Random(seed).shuffle(queue)
    queue = queue[: len(queue) * 2 // 3] + made  # a third was lost on the way; the device sends all again
    for envelope in queue:
        send(scene, at, envelope)
    states = dict(RawEnvelope.objects.values_list("op_seq", "state"))
    assert states == {n: "rejected" if n in (4, 9) else "applied" for n in range(1, 13)}
    assert Encounter.objects.count() == FollowUp.objects.filter(live=True).count() == 10
