"""Writes on uploads: a file received, its columns named, its rows applied or thrown away."""

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock, digests, ids, jobs, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import files, layouts
from gongwei.interfaces.excel.models import ColumnMapping, Upload
from gongwei.places import policy

TABLE, COLUMN = "excel_upload", "content_cipher"
State = Upload.State


def require(by: Actor, code: str) -> None:
    """Refuse whoever may not import this kind of sheet. Raises policy.Forbidden."""
    policy.require(by, policy.IMPORT)
    if code == layouts.RESIDENTS:
        policy.require(by, policy.RESIDENT_REGISTER)


@transaction.atomic
def receive_upload(
    *, by: Actor, at: dt.datetime, code: str, file_name: str, content: bytes, mapping_id: UUID | None = None
) -> Upload:
    """Keep an uploaded file, sealed, and ask for its check.

    Raises Refused for a file that is no workbook (told at once) and policy.Forbidden.
    """
    layouts.available(code)
    require(by, code)
    files.examine(content, text=True)
    digest = digests.sm3(content)
    notes = []
    before = (
        Upload.objects.filter(digest=digest, code=code, package=None)
        .exclude(state=State.DISCARDED)
        .order_by("-created_at")
        .first()
    )
    if before is not None:
        notes.append(
            f"同一文件已于{_shown(before.created_at)}上传过（{before.get_state_display()}）；已写入的行会显示为“已存在”。"
        )
    mapping = mappings(by, code).filter(id=mapping_id).first() if mapping_id else None
    upload = Upload(
        id=ids.uuid7(),
        code=code,
        account_id=by.account_id,
        organization_id=by.organization_id,
        actor=by.as_json(),
        file_name=file_name[-200:],
        size=len(content),
        digest=digest,
        mapping=mapping,
        notes=notes,
        created_at=at,
    )
    upload.content_cipher = sealed.encrypt(
        base64.b64encode(content).decode("ascii"), table=TABLE, column=COLUMN, row_id=upload.id
    )
    upload.save(force_insert=True)
    audit.record(
        by=by,
        action="receive",
        subject_kind="upload",
        subject_id=upload.id,
        detail={"form": code, "size": len(content), "digest": digest.hex()[:16]},
        at=at,
    )
    _ask(by, upload)
    return upload


def _shown(moment: dt.datetime) -> str:
    return clock.day_of(moment).isoformat()


def _ask(by: Actor, upload: Upload) -> None:
    from gongwei.interfaces.excel import uploading  # it stands above this module

    run = jobs.enqueue(uploading.check, by=by, upload_id=str(upload.id))
    upload.run_id, upload.state = run.id, State.WAITING
    upload.save(update_fields=["run_id", "state"])


def content_of(upload: Upload) -> bytes:
    """The uploaded file. Raises Refused when it is no longer kept."""
    text = sealed.decrypt(upload.content_cipher, table=TABLE, column=COLUMN, row_id=upload.id)
    if text is None:
        raise Refused("文件已不再保存，请重新上传。", field="file", code="gone")
    return base64.b64decode(text)


def mine(actor: Actor) -> Any:
    """The uploads of an account, each an act of its own: the sheets of a package are not among them."""
    return Upload.objects.filter(account_id=actor.account_id, package=None)


def _mine(by: Actor, upload_id: UUID) -> Upload:
    found = mine(by).select_for_update(of=("self",)).filter(id=upload_id).first()
    if found is None:
        raise Refused("没有这次上传，或不是您上传的。", code="no_such_upload")
    require(by, found.code)
    return found


@transaction.atomic
def apply_upload(*, by: Actor, at: dt.datetime, upload_id: UUID) -> Upload:
    """Have the accepted rows written. Asked twice it is done once. Raises Refused when it is not ready."""
    upload = _mine(by, upload_id)
    if upload.state in (State.APPLYING, State.APPLIED):
        return upload
    if upload.state != State.CHECKED:
        raise Refused("还没有检查完，或已放弃，不能写入。", code="not_checked")
    from gongwei.interfaces.excel import uploading  # it stands above this module

    # Written in the duty of the click: whoever confirms answers for it.
    upload.actor = by.as_json()
    run = jobs.enqueue(uploading.apply, by=by, upload_id=str(upload.id))
    upload.state, upload.run_id = State.APPLYING, run.id
    upload.save(update_fields=["state", "run_id", "actor"])
    audit.record(
        by=by,
        action="confirm",
        subject_kind="upload",
        subject_id=upload.id,
        detail={"counts": upload.counts},
        at=at,
    )
    return upload


@transaction.atomic
def discard_upload(*, by: Actor, at: dt.datetime, upload_id: UUID) -> Upload:
    """Throw a checked upload away; nothing of it was written. Raises Refused when it was."""
    upload = _mine(by, upload_id)
    if upload.state in (State.APPLYING, State.APPLIED):
        raise Refused("已经写入或正在写入，不能放弃。", code="applied")
    upload.state = State.DISCARDED
    upload.content_cipher = None
    upload.save(update_fields=["state", "content_cipher"])
    audit.record(by=by, action="withdraw", subject_kind="upload", subject_id=upload.id, at=at)
    return upload


def mappings(actor: Actor, code: str) -> Any:
    """The saved mappings of an organization for a kind of sheet."""
    return ColumnMapping.objects.filter(organization=actor.organization_id, code=code).order_by("title")


@transaction.atomic
def save_mapping(
    *,
    by: Actor,
    at: dt.datetime,
    upload_id: UUID,
    title: str,
    columns: Mapping[str, str],
    options: Mapping[str, Mapping[str, str]] | None = None,
) -> ColumnMapping:
    """Keep how an old system's sheet is read, and check the upload again with it.

    columns: their heading → our identifier; options: by identifier, their value → our code. A mapping of the same title is
    changed. Raises Refused: no title, an unknown column, one column named twice.
    """
    upload = _mine(by, upload_id)
    layout = layouts.of(upload.code)
    if upload.state != State.MAPPING:
        raise Refused("这次上传不需要指定列。", code="not_mapping")
    if by.organization_id is None:
        raise Refused("当前岗位没有机构，不能保存列对应。", code="organization")
    title = title.strip()
    if not title:
        raise Refused("请给这份列对应起个名称。", field="title", code="required")
    chosen = {heading: identifier for heading, identifier in columns.items() if identifier}
    known = layout.by_identifier
    for identifier in chosen.values():
        if identifier not in known:
            raise Refused("没有这个数据项。", field="columns", code="unknown_column")
        if list(chosen.values()).count(identifier) > 1:
            raise Refused(
                f"“{known[identifier].heading}”对应了两列，请只留一列。", field="columns", code="twice"
            )
    mapping, made = ColumnMapping.objects.get_or_create(
        organization_id=by.organization_id,
        code=upload.code,
        title=title[:60],
        defaults={"columns": chosen, "options": options or {}, "updated_at": at, "updated_by": by.account_id},
    )
    if not made:
        mapping.columns, mapping.updated_at, mapping.updated_by = chosen, at, by.account_id
        mapping.options = {**mapping.options, **(options or {})}
        mapping.version += 1
        mapping.save()
    upload.mapping = mapping
    upload.notes = []
    upload.save(update_fields=["mapping", "notes"])
    audit.record(
        by=by,
        action="create" if made else "update",
        subject_kind="column_mapping",
        subject_id=mapping.id,
        detail={"form": upload.code, "columns": sorted(chosen.values())},
        at=at,
    )
    _ask(by, upload)
    return mapping
