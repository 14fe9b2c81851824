"""Writes on packages: received, checked, approved by a second person, written, taken back; and who a doubtful row is.

Each asks for a job; `now` carries it out in this process (the command line, tests).
"""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock, ids, jobs, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import mapping_files
from gongwei.interfaces.excel.models import Package
from gongwei.interfaces.packages import acting, contents
from gongwei.interfaces.packages import jobs as package_jobs
from gongwei.places import policy

State = Package.State
#: A package that stands here goes on when it comes again; one that is over is received anew.
_OPEN = (State.RECEIVED, State.CHECKING, State.CHECKED, State.APPROVED, State.APPLYING)
_REASON = "the right to packages of this county was checked"


def receive(
    *,
    by: Actor,
    at: dt.datetime,
    path: str | Path | None = None,
    content: bytes | None = None,
    name: str = "",
    mapping: str = "",
) -> Package:
    """Take a package that lies on this server (`path`: a folder, a zip or one file) or came through a page (`content`).

    mapping: the text of a mapping file given beside it. The same package that is still open is the same package, and goes on
    where it stopped. Raises Refused for a mapping file that cannot be read, nothing inside, or too much for a page.
    """
    county = acting.county_of(by)
    if mapping:
        mapping_files.read(mapping)
    place = Path(path).resolve() if path is not None else None
    if place is not None:
        if not place.exists():
            raise Refused(f"没有这个文件夹或文件：{path}。", field="file", code="gone")
        described = contents.describe(place, mapping)
    else:
        sent = content or b""
        if len(sent) > contents.MOST_BYTES:
            raise Refused(
                f"数据包超过{contents.MOST_BYTES // 2**20}MB。",
                field="file",
                code="too_large",
                hint="请在服务器上用 ./gongwei import 导入。",
            )
        described = contents.describe_bytes(sent, mapping)
    if not described.size:
        raise Refused("数据包是空的。", field="file", code="empty")
    with transaction.atomic(), scope.as_owner(_REASON):
        before = Package.objects.filter(area_key=county, digest=described.digest).order_by("-created_at")
        open_one = before.filter(state__in=_OPEN).first()
        if open_one is not None:
            if place is not None and open_one.place != str(place):
                Package.objects.filter(id=open_one.id).update(place=str(place))
            return Package.objects.get(id=open_one.id)
        last = before.exclude(state__in=(State.DISCARDED, State.REFUSED)).first()
        notes = [] if last is None else [_seen(last)]
        package = Package(
            id=ids.uuid7(),
            name=(name or (place.name if place else "数据包"))[-200:],
            area_key=county,
            place=str(place) if place else "",
            digest=described.digest,
            size=described.size,
            files=described.files,
            mapping=mapping,
            account_id=by.account_id,
            actor=by.as_json(),
            notes=notes,
            created_at=at,
        )
        package.save(force_insert=True)
        if place is None:
            contents.keep(package.id, sent)
    _audit(by, at, "receive", package, size=package.size, digest=bytes(package.digest).hex()[:16])
    return package


def _seen(last: Package) -> str:
    day = clock.day_of(last.created_at).isoformat()
    return f"同一数据包已于{day}导入过（{last.get_state_display()}）；已写入的行会显示为“已存在”。"


def check(*, by: Actor, at: dt.datetime, package_id: UUID) -> Package:
    """Have a package read, told and checked. Asked again it goes on. Raises Refused."""
    return _ask(
        by, at, package_id, (State.RECEIVED, State.CHECKING), State.RECEIVED, package_jobs.check, None
    )


def approve(*, by: Actor, at: dt.datetime, package_id: UUID) -> Package:
    """A second person lets a checked package be written. Raises Refused for whoever prepared it, or one not checked."""
    with transaction.atomic():
        package = locked(by, package_id, policy.PACKAGE_APPROVE)
        person = package.actor
        if by.account_id == package.account_id or (
            by.practitioner_id is not None and str(by.practitioner_id) == person.get("practitioner_id")
        ):
            raise Refused(
                "准备数据包的人不能自己批准。",
                code="same_person",
                hint="请另一位县级管理人员核对后批准。",
            )
        if package.state == State.APPROVED:
            return package
        if package.state != State.CHECKED:
            raise Refused(f"数据包{package.get_state_display()}，不能批准。", code="state")
        _update(package, state=State.APPROVED, approver=by.as_json(), approved_at=at)
        _audit(by, at, "confirm", package, counts=package.counts)
    return package


def apply(*, by: Actor, at: dt.datetime, package_id: UUID) -> Package:
    """Have an approved package written; also the rows that became ready since it was. Raises Refused."""
    wanted = (State.APPROVED, State.APPLYING, State.APPLIED)
    return _ask(by, at, package_id, wanted, State.APPLYING, package_jobs.apply, "import")


def undo(*, by: Actor, at: dt.datetime, package_id: UUID, reason: str) -> Package:
    """Have a written package taken back. Whoever prepared it or a county officer; the reason is kept. Raises Refused."""
    reason = " ".join(reason.split())
    if len(reason) < 2:
        raise Refused("请写明撤销的原因。", field="reason", code="required")
    wanted = (State.APPLIED, State.APPROVED, State.APPLYING, State.UNDOING, State.UNDONE)
    return _ask(by, at, package_id, wanted, State.UNDOING, package_jobs.undo, "withdraw", reason=reason[:200])


def discard(*, by: Actor, at: dt.datetime, package_id: UUID) -> Package:
    """Throw away a package of which nothing was written. Raises Refused."""
    with transaction.atomic():
        package = locked(by, package_id, policy.PACKAGE_PREPARE)
        if package.state not in (State.RECEIVED, State.CHECKED, State.APPROVED, State.REFUSED):
            raise Refused(f"数据包{package.get_state_display()}，不能放弃。", code="state")
        _update(package, state=State.DISCARDED)
        contents.forget(package.id)
        _audit(by, at, "withdraw", package)
    return package


def now(package: Package) -> Any:
    """Carry the package's job out in this process; a worker that took it first is waited for."""
    package.refresh_from_db()
    assert package.run_id is not None
    while (run := jobs.run_now(package.run_id)).state in ("queued", "running"):
        time.sleep(0.5)
    package.refresh_from_db()
    return run


def _ask(
    by: Actor,
    at: dt.datetime,
    package_id: UUID,
    wanted: tuple[State, ...],
    state: State,
    doing: Callable[..., Any],
    action: str | None,
    **detail: Any,
) -> Package:
    with transaction.atomic():
        package = locked(by, package_id, policy.PACKAGE_PREPARE)
        if package.state not in wanted:
            raise Refused(f"数据包{package.get_state_display()}，现在不能办理。", code="state")
        unfinished = _unfinished(package, doing)
        if unfinished is not None:
            return package
        run = jobs.enqueue(doing, by=by, package_id=str(package.id))
        values: dict[str, Any] = {"run_id": run.id}
        if package.state != State.CHECKING:
            values["state"] = state
        _update(package, **values)
        if action is not None:
            _audit(by, at, action, package, **detail)
    return package


def _unfinished(package: Package, doing: Callable[..., Any]) -> Any:
    """The job asked for before that has not ended: a killed one goes on under its own number."""
    if package.run_id is None:
        return None
    with scope.as_owner(_REASON):
        run = jobs.runs(SYSTEM).filter(id=package.run_id, state__in=["queued", "running"]).first()
    wanted = f"{doing.__module__}.{doing.__qualname__}"
    if run is not None and run.task != wanted:
        raise Refused("数据包的另一项任务还没有结束，请稍候。", code="busy")
    return run


def locked(by: Actor, package_id: UUID, action: str = policy.PACKAGE_PREPARE) -> Package:
    """Lock a package of one's county. Raises Refused and policy.Forbidden."""
    policy.require(by, action)
    with scope.as_owner(_REASON):
        package = Package.objects.select_for_update().filter(id=package_id).first()
    if package is None or package.area_key != acting.county_of(by):
        raise Refused("没有这个数据包，或不属于本县区。", code="no_such_package")
    if by.account_id != package.account_id and not policy.may(by, policy.PACKAGE_APPROVE):
        raise Refused("没有这个数据包，或不是您准备的。", code="no_such_package")
    return package


def _update(package: Package, **values: Any) -> None:
    with scope.as_owner(_REASON):
        Package.objects.filter(id=package.id).update(**values)
    for name, value in values.items():
        setattr(package, name, value)


def _audit(by: Actor, at: dt.datetime, action: str, package: Package, **detail: Any) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="package",
        subject_id=package.id,
        area_key=package.area_key,
        detail={"name": package.name, **detail},
        at=at,
    )
