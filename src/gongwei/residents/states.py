"""The states of a record and what each allows: records.md §6 as one table.

Pure: no Django, no database. Operations ask `require`; pages ask `allowed` to know which buttons to show.
"""

from dataclasses import dataclass

DRAFT, PENDING, RETURNED, ACTIVE = "draft", "pending", "returned", "active"
TRANSFERRING_OUT, LOST, CANCELLED, MERGED = "transferring_out", "lost", "cancelled", "merged"

EDIT, SUBMIT, APPROVE, RETURN, SERVE = "edit", "submit", "approve", "return", "serve"
REQUEST_TRANSFER, CONFIRM_TRANSFER, END_TRANSFER = "request_transfer", "confirm_transfer", "end_transfer"
RECORD_DEATH, CANCEL, MARK_LOST, RESTORE = "record_death", "cancel", "mark_lost", "restore"
MERGE, UNDO_MERGE = "merge", "undo_merge"


@dataclass(frozen=True)
class State:
    """One state: its title, whether it counts as a filed record, its code in older platforms, what may be done.

    `allows` maps an action to the state it leads to; an action that leads to the same state changes nothing
    but the data.
    """

    code: str
    title: str
    counts: bool
    rhip_code: str
    allows: dict[str, str]


#: Records that block a second record for the same identity document.
LIVING = (DRAFT, PENDING, RETURNED, ACTIVE, TRANSFERRING_OUT, LOST)

STATES: dict[str, State] = {
    state.code: state
    for state in (
        State(DRAFT, "暂存", False, "0", {EDIT: DRAFT, SUBMIT: PENDING, APPROVE: ACTIVE, CANCEL: CANCELLED, MERGE: MERGED}),
        State(PENDING, "待审核", False, "2", {EDIT: PENDING, APPROVE: ACTIVE, RETURN: RETURNED, CANCEL: CANCELLED, MERGE: MERGED}),
        State(RETURNED, "已退回", False, "3", {EDIT: RETURNED, SUBMIT: PENDING, CANCEL: CANCELLED, MERGE: MERGED}),
        State(
            ACTIVE, "正常", True, "1",
            {
                EDIT: ACTIVE, SERVE: ACTIVE, REQUEST_TRANSFER: TRANSFERRING_OUT, RECORD_DEATH: CANCELLED,
                CANCEL: CANCELLED, MARK_LOST: LOST, MERGE: MERGED,
            },
        ),
        # While the receiving side has not answered, the old unit goes on serving (records.md §6).
        State(
            TRANSFERRING_OUT, "迁出待确认", True, "5",
            {
                EDIT: TRANSFERRING_OUT, SERVE: TRANSFERRING_OUT, CONFIRM_TRANSFER: ACTIVE, END_TRANSFER: ACTIVE,
                RECORD_DEATH: CANCELLED,
            },
        ),
        # A verified service brings a lost resident back (records.md §6).
        State(
            LOST, "失访", True, "1",
            {
                EDIT: LOST, SERVE: ACTIVE, RESTORE: ACTIVE, REQUEST_TRANSFER: TRANSFERRING_OUT,
                RECORD_DEATH: CANCELLED, CANCEL: CANCELLED, MERGE: MERGED,
            },
        ),
        State(CANCELLED, "已注销", False, "9", {RESTORE: ACTIVE}),
        State(MERGED, "已合并", False, "9", {UNDO_MERGE: ACTIVE}),
    )
}  # fmt: skip

ACTION_TITLES: dict[str, str] = {
    EDIT: "编辑", SUBMIT: "提交审核", APPROVE: "审核通过", RETURN: "退回", SERVE: "登记服务",
    REQUEST_TRANSFER: "申请迁移", CONFIRM_TRANSFER: "确认迁入", END_TRANSFER: "结束迁移申请",
    RECORD_DEATH: "登记死亡", CANCEL: "注销", MARK_LOST: "登记失访", RESTORE: "恢复", MERGE: "合并",
    UNDO_MERGE: "撤销合并",
}  # fmt: skip


class NotAllowed(ValueError):
    """The state does not allow the action; the text is Chinese and complete."""


def allowed(status: str) -> tuple[str, ...]:
    """Return the actions a record in this state allows, in the table's order."""
    return tuple(STATES[status].allows)


def after(status: str, action: str) -> str:
    """Return the state an action leads to.

    Raises NotAllowed when the state does not allow it.
    """
    try:
        return STATES[status].allows[action]
    except KeyError:
        raise NotAllowed(
            f"档案状态为“{STATES[status].title}”，不能{ACTION_TITLES.get(action, action)}。"
        ) from None
