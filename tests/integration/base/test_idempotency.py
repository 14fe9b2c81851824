"""Exactly once, also when the same request arrives several times at the same moment."""

import threading
import time

import pytest
from django.db import connection, transaction
from tests.integration.base.conftest import rows

from gongwei.base import changes, idempotency, scope
from gongwei.base.actors import SYSTEM
from gongwei.base.idempotency import Answer
from gongwei.base.problems import Refused

DIGEST = idempotency.digest_of({"name": "张三", "age": 64})


@pytest.mark.django_db
def test_the_second_time_only_the_answer_comes(doctor):
    runs: list[int] = []

    def run() -> Answer:
        runs.append(1)
        return Answer(201, {"id": "x", "姓名": "张三"})

    with scope.acting(doctor):
        first = idempotency.once("k1", by=doctor, request_digest=DIGEST, run=run)
        second = idempotency.once("k1", by=doctor, request_digest=DIGEST, run=run)
    assert runs == [1]
    assert (first.repeated, second.repeated) == (False, True)
    assert (second.status, second.body) == (201, {"id": "x", "姓名": "张三"})


@pytest.mark.django_db
def test_the_same_key_for_another_request_is_refused(doctor):
    idempotency.once("k1", by=doctor, request_digest=DIGEST, run=Answer)
    with pytest.raises(idempotency.Mismatch, match="不同") as refused:
        idempotency.once("k1", by=doctor, request_digest=idempotency.digest_of({}), run=Answer)
    assert refused.value.hint


@pytest.mark.django_db
def test_anothers_key_is_another_key(doctor, other):
    with scope.acting(doctor):
        idempotency.once("k1", by=doctor, request_digest=DIGEST, run=lambda: Answer(body={"of": "doctor"}))
    with scope.acting(other):
        theirs = idempotency.once(
            "k1", by=other, request_digest=DIGEST, run=lambda: Answer(body={"of": "other"})
        )
        assert rows("select count(*) from base_idempotencykey") == [1]
    assert theirs.body == {"of": "other"}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_that_is_none_is_refused(doctor, key):
    with pytest.raises(Refused, match="提交编号"):
        idempotency.once(key, by=doctor, request_digest=DIGEST, run=Answer)


@pytest.mark.django_db
def test_a_refusal_keeps_nothing_and_the_next_attempt_runs(doctor):
    def refuse() -> Answer:
        raise Refused("出生日期不能晚于今天", field="birth_date")

    with pytest.raises(Refused, match="出生日期"):
        idempotency.once("k1", by=doctor, request_digest=DIGEST, run=refuse)
    assert idempotency.once("k1", by=doctor, request_digest=DIGEST, run=Answer).repeated is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_fails", [False, True])
def test_six_at_the_same_moment_run_once(doctor, first_fails):
    runs: list[int] = []
    answers: list[Answer | str] = []
    start = threading.Barrier(6)

    def run() -> Answer:
        runs.append(1)
        time.sleep(0.2)
        if first_fails and len(runs) == 1:
            raise Refused("第一次不成功")
        changes.announce(kind="response", subject_id=doctor.account_id)
        return Answer(body={"n": len(runs)})

    def click() -> None:
        start.wait()
        try:
            with transaction.atomic(), scope.acting(doctor):
                answers.append(idempotency.once("k1", by=doctor, request_digest=DIGEST, run=run))
        except Refused as refused:
            answers.append(refused.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows("select count(*) from base_change") == [1]
    assert len(runs) == (2 if first_fails else 1)
    assert len(answers) == 6
    good = [answer for answer in answers if isinstance(answer, Answer)]
    assert len(good) == (5 if first_fails else 6)
    assert {answer.body["n"] for answer in good} == {2 if first_fails else 1}
    assert sum(not answer.repeated for answer in good) == 1


@pytest.mark.django_db
def test_the_system_has_keys_of_its_own():
    idempotency.once("k1", by=SYSTEM, request_digest=DIGEST, run=Answer)
    assert rows("select scope from base_idempotencykey") == ["system"]
