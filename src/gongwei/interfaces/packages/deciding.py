"""Who a doubtful row is: the same as somebody on file, somebody else, or not to be imported. A person says so, one row at a time.

The rows about that person wait with it and go on with it.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import layouts, staging
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.excel.parsing import Wrong
from gongwei.interfaces.packages import applying, operations, totals
from gongwei.places import policy

State, Decision = UploadRow.State, UploadRow.Decision
_REASON = "the right to packages of this county, and to see its residents, was checked"


def require(by: Actor) -> None:
    """Refuse whoever may not look at residents: rows are people. Raises policy.Forbidden."""
    policy.require(by, policy.PACKAGE_PREPARE)
    policy.require(by, policy.RESIDENT_VIEW)


@transaction.atomic
def decide(
    *, by: Actor, at: dt.datetime, row_id: UUID, decision: str, resident_id: UUID | None = None
) -> UploadRow:
    """Say who a waiting row is: `same` as one of its candidates, `new` (none of them) or `left_out`.

    Written rows come of it when the package is written (again). Raises Refused for a row that does not wait, or waits for
    another row.
    """
    require(by)
    with scope.as_owner(_REASON):
        row = (
            UploadRow.objects.select_for_update(of=("self",))
            .select_related("upload")
            .filter(id=row_id)
            .first()
        )
        if row is None or row.upload.package_id is None:
            raise Refused("没有这一行。", code="no_such_row")
        package = operations.locked(by, row.upload.package_id)
        if package.state not in (Package.State.CHECKED, Package.State.APPROVED, Package.State.APPLIED):
            raise Refused(f"数据包{package.get_state_display()}，现在不能核对。", code="state")
        if row.state != State.WAITING:
            raise Refused("这一行不需要核对，或已经核对。", code="not_waiting")
        if not row.candidates:
            raise Refused("这一行等待同一居民的建档行核对，请先核对那一行。", code="waits_for_other")
        if decision == Decision.SAME and resident_id not in row.candidates:
            raise Refused("请选择是哪一位居民。", field="resident", code="required")
        filing = row.upload.code == layouts.RESIDENTS
        if decision == Decision.NEW and not filing:
            raise Refused("请选择是哪一位居民，或不导入。", field="decision", code="not_filing")
        if decision not in (Decision.SAME, Decision.NEW, Decision.LEFT_OUT):
            raise Refused("请选择核对结果。", field="decision", code="required")
        _decided(row, decision, resident_id, filing)
        _go_on(package, row)
    audit.record(
        by=by,
        action="resolve",
        subject_kind="package",
        subject_id=package.id,
        area_key=package.area_key,
        detail={
            "row": str(row.id),
            "decision": decision,
            "resident": str(resident_id) if decision == Decision.SAME else None,
        },
        at=at,
    )
    return row


def _decided(row: UploadRow, decision: str, resident_id: UUID | None, filing: bool) -> None:
    row.decision = decision
    if decision == Decision.LEFT_OUT:
        line = staging.lines([row])[0]
        line.wrong = [Wrong("", "", "", "", "经人工核对，不导入", "", "left_out")]
        staging.set_states([(line, State.REJECTED, None)])
        UploadRow.objects.filter(id=row.id).update(decision=decision)
        return
    values: dict[str, Any] = {"decision": decision}
    if decision == Decision.SAME:
        values["resident_id"] = resident_id
        # Somebody on file already is filed no second time; a row about a person can now be written.
        values["state"] = State.EXISTING if filing else State.ACCEPTED
        if not filing:
            values["candidates"] = None
    else:
        values["state"] = State.ACCEPTED
    UploadRow.objects.filter(id=row.id).update(**values)
    row.state = values["state"]


def _go_on(package: Package, row: UploadRow) -> None:
    """Let the rows about the person go on, and count anew."""
    if row.upload.code == layouts.RESIDENTS:
        uploads = list(Upload.objects.select_related("package").filter(package=package, code__gt=""))
        applying.pass_on(uploads)
    totals.settle(package)
