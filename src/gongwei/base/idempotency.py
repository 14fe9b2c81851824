"""Exactly once: a request under a key runs the first time and is only answered again after that.

Phones send twice, people click twice, answers get lost. The unique index on (who, key) decides, not luck
(reliability.md §1.2). The key is kept for ever.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from gongwei.base import clock, digests, ids, prepared
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused

MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What is given back, and given back again: a status in HTTP's numbers and plain values."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    repeated: bool = field(default=False, compare=False)


class Mismatch(Refused):
    """The key was used before, for another request."""

    def __init__(self) -> None:
        super().__init__(
            "这次提交与先前用同一编号提交的内容不同，未予保存。",
            code="idempotency_mismatch",
            hint="请刷新页面后重新填写提交。",
        )


def digest_of(request: Any) -> bytes:
    """Return the digest of a request given as plain values."""
    return digests.sm3(digests.canonical(request))


def once(key: str, *, by: Actor, request_digest: bytes, run: Callable[[], Answer]) -> Answer:
    """Run and keep the answer, in one transaction; a repeat gets the kept answer, with `repeated` set.

    A second caller at the same moment waits for the first on the unique index. When `run` raises, nothing is
    kept and the next attempt runs again. Raises Mismatch when the key was used for another request.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise Refused("提交编号缺失或过长，请刷新页面后重新提交。", code="idempotency_key")
    scope = str(by.account_id) if by.account_id else by.role
    with transaction.atomic():
        is_first = prepared.execute(
            "insert into base_idempotencykey (id, scope, key, digest, at) values (%s, %s, %s, %s, %s) "
            "on conflict (scope, key) do nothing returning true",
            (ids.uuid7(), scope, key, request_digest, clock.now()),
        )
        if is_first:
            answer = run()
            prepared.execute(
                "update base_idempotencykey set answer = %s where scope = %s and key = %s",
                (Jsonb({"status": answer.status, "body": answer.body}), scope, key),
            )
            return answer
        kept_digest, kept = prepared.execute(
            "select digest, answer from base_idempotencykey where scope = %s and key = %s", (scope, key)
        )[0]
    if bytes(kept_digest) != request_digest:
        raise Mismatch
    kept = json.loads(kept)  # Django's cursors give jsonb as text
    return Answer(kept["status"], kept["body"], repeated=True)
