"""Photos and files that prove something: checked, digested, sealed, and opened only by who may see what they belong to."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from gongwei.base import audit, clock, ids, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import parameters
from gongwei.evaluation.models import Evidence
from gongwei.places import policy

TABLE, COLUMN = "evaluation_evidence", "content_cipher"
#: Kinds of files by their first bytes; names and types said by a browser are not believed. Office files are zip archives.
_KINDS: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
)
ACCEPTED = ".png,.jpg,.jpeg,.pdf,.docx,.xlsx"
MOST_OF_ONE = 20
_ACTIONS = (policy.EVALUATION_EDIT, policy.EVALUATION_SELF, policy.EVALUATION_APPROVE, policy.APPEAL_MAKE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it is sent to the browser."""

    name: str
    content_type: str
    content: bytes


@transaction.atomic
def keep(
    *,
    by: Actor,
    at: dt.datetime,
    about: str,
    subject_id: UUID,
    organization_id: UUID,
    seat_key: int,
    name: str,
    content: bytes,
    item: str = "",
) -> Evidence:
    """Keep a file with what it proves.

    Raises Refused: empty, too large, of a kind that is not accepted, too many of one subject; policy.Forbidden.
    """
    if not any(policy.may(by, each, organization_id=organization_id) for each in _ACTIONS):
        policy.require(by, policy.EVALUATION_EDIT, organization_id=organization_id)
    content_type = kind_of(name, content)
    limit = parameters.number("evidence_megabytes", clock.day_of(at))
    if len(content) > limit * 1024 * 1024:
        raise Refused(f"佐证文件不能超过{limit}MB，请压缩后再上传。", field="file", code="too_large")
    if Evidence.objects.filter(about=about, subject_id=subject_id, item=item).count() >= MOST_OF_ONE:
        raise Refused(f"每项最多上传{MOST_OF_ONE}个文件。", field="file", code="too_many")
    file_id = ids.uuid7()
    made = Evidence.objects.create(
        id=file_id,
        about=about,
        subject_id=subject_id,
        item=item,
        organization_id=organization_id,
        seat_key=seat_key,
        name=name.replace("/", "_").replace("\\", "_")[-150:],
        content_type=content_type,
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        content_cipher=sealed.encrypt(
            base64.b64encode(content).decode("ascii"), table=TABLE, column=COLUMN, row_id=file_id
        ),
        made_at=at,
        made_by=by.account_id,
    )
    audit.record(
        by=by,
        action="create",
        subject_kind="evaluation_evidence",
        subject_id=made.id,
        area_key=seat_key,
        detail={"about": about, "item": item, "size": made.size},
        at=at,
    )
    return made


def kind_of(name: str, content: bytes) -> str:
    """The type of a file, by its first bytes and its ending. Raises Refused for any other kind."""
    if not content:
        raise Refused("文件是空的。", field="file", code="empty")
    for head, content_type, endings in _KINDS:
        if content.startswith(head) and name.lower().endswith(endings):
            return content_type
    raise Refused("只接收照片（PNG、JPG）、PDF、Word（docx）和Excel（xlsx）文件。", field="file", code="kind")


def of(about: str, subject_id: UUID) -> QuerySet[Evidence]:
    """The files of something, without their content, the earliest first."""
    return (
        Evidence.objects.filter(about=about, subject_id=subject_id)
        .defer("content_cipher")
        .order_by("made_at")
    )


def opened(actor: Actor, evidence_id: UUID) -> Opened:
    """Open a file; audited. Raises Refused: none the actor may see, or not what was kept."""
    found = Evidence.objects.filter(id=evidence_id).first()
    if found is None or not policy.may(actor, policy.EVALUATION_VIEW, organization_id=found.organization_id):
        raise Refused("没有这个文件。", code="gone")
    text = sealed.decrypt(found.content_cipher, table=TABLE, column=COLUMN, row_id=found.id) or ""
    content = base64.b64decode(text)
    if hashlib.sha256(content).hexdigest() != found.digest:
        raise Refused("文件与上传时不一致，请告诉管理员。", code="damaged")
    audit.record(
        by=actor,
        action="download",
        subject_kind="evaluation_evidence",
        subject_id=found.id,
        area_key=found.seat_key,
        detail={"size": found.size},
    )
    return Opened(found.name, found.content_type, content)
