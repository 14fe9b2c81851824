"""Who may do what, where: one table of role × action × relation of place (reliability.md §1.6).

A cell says how far an action reaches for a role. The page 权限表 prints this table, operations ask it, and
row-level security repeats it below for the tables that hold persons: each alone must hold.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from gongwei.base import actors, problems
from gongwei.places import division_codes, reach
from gongwei.places.roles import Role


class Relation(enum.Enum):
    """How an object must stand to the actor's place."""

    NONE = "—"
    OWN_ORGANIZATION = "本机构"
    OWN_AREA = "服务区域"
    BELOW = "本机构及下级"
    COUNTY = "全县区"


class Forbidden(problems.Refused):
    """The duty does not allow it here. Pages answer 403, or 404 where existence must not be revealed."""


RESIDENT_VIEW = "resident_view"
RESIDENT_REGISTER = "resident_register"
RESIDENT_EDIT = "resident_edit"
RESIDENT_REVIEW = "resident_review"
RESIDENT_TRANSFER = "resident_transfer"
RESIDENT_CLAIM = "resident_claim"
RESIDENT_MERGE = "resident_merge"
RESIDENT_END = "resident_end"
RESIDENT_RESTORE = "resident_restore"
DOCTOR_ASSIGN = "doctor_assign"
FULL_ID_VIEW = "full_id_view"
RECORD_WRITE = "record_write"
RECORD_SUPERSEDE = "record_supersede"
RECORD_ERROR = "record_error"
FINDING_VIEW = "finding_view"
FINDING_EXPLAIN = "finding_explain"
FINDING_ASSIGN = "finding_assign"
FINDING_DECIDE = "finding_decide"
FINDING_RUN = "finding_run"
FIGURE_VIEW = "figure_view"
FIGURE_RUN = "figure_run"
POPULATION_EDIT = "population_edit"
TARGET_EDIT = "target_edit"
EVALUATION_VIEW = "evaluation_view"
EVALUATION_EDIT = "evaluation_edit"
EVALUATION_APPROVE = "evaluation_approve"
EVALUATION_SELF = "evaluation_self"
FRAUD_PROPOSE = "fraud_propose"
FRAUD_CONFIRM = "fraud_confirm"
APPEAL_MAKE = "appeal_make"
APPEAL_DECIDE = "appeal_decide"
FUND_VIEW = "fund_view"
FUND_EDIT = "fund_edit"
FUND_APPROVE = "fund_approve"
STATEMENT_VIEW = "statement_view"
IMPORT = "import"
PACKAGE_PREPARE = "package_prepare"
PACKAGE_APPROVE = "package_approve"
EXPORT = "export"
GRID_EDIT = "grid_edit"
AREA_EDIT = "area_edit"
ORGANIZATION_EDIT = "organization_edit"
PRACTITIONER_EDIT = "practitioner_edit"
PHONE_VIEW = "phone_view"
ACCOUNT_VIEW = "account_view"
ACCOUNT_EDIT = "account_edit"
PASSWORD_RESET = "password_reset"
DUTY_EDIT = "duty_edit"
KEY_ROTATE = "key_rotate"
AUDIT_VIEW = "audit_view"
JOB_VIEW = "job_view"
SNAPSHOT = "snapshot"

LABELS = {
    RESIDENT_VIEW: "查看居民档案",
    RESIDENT_REGISTER: "建立居民档案",
    RESIDENT_EDIT: "修改居民档案",
    RESIDENT_REVIEW: "审核居民档案",
    RESIDENT_TRANSFER: "迁出及迁入确认",
    RESIDENT_CLAIM: "申请迁入本县区其他机构的档案",
    RESIDENT_MERGE: "合并重复档案及撤销合并",
    RESIDENT_END: "登记死亡、失访、注销",
    RESIDENT_RESTORE: "恢复已注销档案",
    DOCTOR_ASSIGN: "指定责任医生",
    FULL_ID_VIEW: "查看完整证件号码",
    RECORD_WRITE: "填写服务记录",
    RECORD_SUPERSEDE: "更正服务记录",
    RECORD_ERROR: "作废服务记录",
    FINDING_VIEW: "查看质量疑点",
    FINDING_EXPLAIN: "说明质量疑点",
    FINDING_ASSIGN: "交办质量疑点、登记整改",
    FINDING_DECIDE: "确认、排除、重新打开质量疑点",
    FINDING_RUN: "提交批量质量核查",
    FIGURE_VIEW: "查看统计数字",
    FIGURE_RUN: "计算、保存指标结果",
    POPULATION_EDIT: "填报、批准人口与任务数",
    TARGET_EDIT: "下达、分解年度目标",
    EVALUATION_VIEW: "查看绩效评价",
    EVALUATION_EDIT: "编制评价方案、组织评价、现场评分",
    EVALUATION_APPROVE: "审定评价方案、公布评价结果",
    EVALUATION_SELF: "自评、提交整改",
    FRAUD_PROPOSE: "提出弄虚作假认定",
    FRAUD_CONFIRM: "确认、撤销弄虚作假认定",
    APPEAL_MAKE: "提出申诉",
    APPEAL_DECIDE: "办理申诉",
    FUND_VIEW: "查看预算与资金台账",
    FUND_EDIT: "编制预算、登记资金、编制结算",
    FUND_APPROVE: "审批分配方案与结算",
    STATEMENT_VIEW: "查看结算单",
    IMPORT: "导入数据",
    PACKAGE_PREPARE: "整体导入原系统数据：准备、检查、撤销",
    PACKAGE_APPROVE: "批准整体导入",
    EXPORT: "导出数据",
    GRID_EDIT: "维护网格",
    AREA_EDIT: "维护行政区划",
    ORGANIZATION_EDIT: "维护机构及服务区域",
    PRACTITIONER_EDIT: "维护医务人员",
    PHONE_VIEW: "查看医务人员电话",
    ACCOUNT_VIEW: "查看账号",
    ACCOUNT_EDIT: "建立、停用账号",
    PASSWORD_RESET: "重置密码、解除锁定",
    DUTY_EDIT: "授予、终止岗位",
    KEY_ROTATE: "更换加密密钥、查看换钥进度",
    AUDIT_VIEW: "查看审计日志",
    JOB_VIEW: "查看后台任务",
    SNAPSHOT: "查看、建立、长期保存数据快照",
}

_NO, _ORG, _AREA = Relation.NONE, Relation.OWN_ORGANIZATION, Relation.OWN_AREA
_BELOW, _ALL = Relation.BELOW, Relation.COUNTY

_COLUMNS = (
    Role.VILLAGE_DOCTOR,
    Role.TOWNSHIP_DOCTOR,
    Role.TOWNSHIP_CLERK,
    Role.TOWNSHIP_DIRECTOR,
    Role.COUNTY_OFFICER,
    Role.EVALUATOR,
    Role.FINANCE_OFFICER,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
)
# fmt: off
_CELLS = {
    #                   村医    公卫医生 档案员  院长    县管理  评价    财务   系统   安全   审计
    RESIDENT_VIEW:     (_AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _NO,   _NO,   _NO,   _NO),
    RESIDENT_REGISTER: (_AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_EDIT:     (_AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_REVIEW:   (_NO,    _AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_TRANSFER: (_AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_CLAIM:    (_ALL,   _ALL,   _ALL,   _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_MERGE:    (_NO,    _NO,    _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_END:      (_AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RESIDENT_RESTORE:  (_NO,    _NO,    _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    DOCTOR_ASSIGN:     (_NO,    _AREA,  _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    FULL_ID_VIEW:      (_AREA,  _AREA,  _AREA,  _NO,    _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    RECORD_WRITE:      (_AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RECORD_SUPERSEDE:  (_AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    RECORD_ERROR:      (_NO,    _AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    FINDING_VIEW:      (_AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _NO,   _NO,   _NO,   _NO),
    FINDING_EXPLAIN:   (_AREA,  _AREA,  _AREA,  _AREA,  _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    FINDING_ASSIGN:    (_NO,    _NO,    _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    FINDING_DECIDE:    (_NO,    _NO,    _NO,    _NO,    _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    FINDING_RUN:       (_NO,    _NO,    _NO,    _NO,    _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    FIGURE_VIEW:       (_BELOW, _BELOW, _BELOW, _BELOW, _ALL,   _ALL,   _ALL,  _NO,   _NO,   _NO),
    FIGURE_RUN:        (_NO,    _NO,    _NO,    _NO,    _ALL,   _ALL,   _NO,   _NO,   _NO,   _NO),
    POPULATION_EDIT:   (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    TARGET_EDIT:       (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    EVALUATION_VIEW:   (_ORG,   _ORG,   _ORG,   _BELOW, _ALL,   _ALL,   _ALL,  _NO,   _NO,   _NO),
    EVALUATION_EDIT:   (_NO,    _NO,    _NO,    _NO,    _NO,    _ALL,   _NO,   _NO,   _NO,   _NO),
    EVALUATION_APPROVE:(_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    EVALUATION_SELF:   (_NO,    _NO,    _NO,    _BELOW, _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    FRAUD_PROPOSE:     (_NO,    _NO,    _NO,    _NO,    _NO,    _ALL,   _NO,   _NO,   _NO,   _NO),
    FRAUD_CONFIRM:     (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    APPEAL_MAKE:       (_ORG,   _ORG,   _NO,    _BELOW, _NO,    _NO,    _NO,   _NO,   _NO,   _NO),
    APPEAL_DECIDE:     (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    FUND_VIEW:         (_NO,    _NO,    _NO,    _BELOW, _ALL,   _NO,    _ALL,  _NO,   _NO,   _NO),
    FUND_EDIT:         (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _ALL,  _NO,   _NO,   _NO),
    FUND_APPROVE:      (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    STATEMENT_VIEW:    (_ORG,   _ORG,   _ORG,   _BELOW, _ALL,   _NO,    _ALL,  _NO,   _NO,   _NO),
    IMPORT:            (_NO,    _NO,    _AREA,  _NO,    _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    PACKAGE_PREPARE:   (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _ALL,  _NO,   _NO),
    PACKAGE_APPROVE:   (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _NO,   _NO,   _NO),
    EXPORT:            (_AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _AREA,  _NO,   _NO,   _NO,   _NO),
    GRID_EDIT:         (_NO,    _AREA,  _AREA,  _AREA,  _AREA,  _NO,    _NO,   _NO,   _NO,   _NO),
    AREA_EDIT:         (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _ALL,  _NO,   _NO),
    ORGANIZATION_EDIT: (_NO,    _NO,    _NO,    _NO,    _ALL,   _NO,    _NO,   _ALL,  _NO,   _NO),
    PRACTITIONER_EDIT: (_NO,    _NO,    _NO,    _BELOW, _ALL,   _NO,    _NO,   _ALL,  _NO,   _NO),
    PHONE_VIEW:        (_ORG,   _BELOW, _BELOW, _BELOW, _ALL,   _NO,    _NO,   _ALL,  _NO,   _NO),
    ACCOUNT_VIEW:      (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _ALL,  _ALL,  _ALL),
    ACCOUNT_EDIT:      (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _ALL,  _NO,   _NO),
    PASSWORD_RESET:    (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _NO,   _ALL,  _NO),
    DUTY_EDIT:         (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _NO,   _ALL,  _NO),
    KEY_ROTATE:        (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _NO,   _ALL,  _NO),
    AUDIT_VIEW:        (_NO,    _NO,    _NO,    _NO,    _NO,    _NO,    _NO,   _NO,   _NO,   _ALL),
    JOB_VIEW:          (_ORG,   _ORG,   _ORG,   _ORG,   _ORG,   _ORG,   _ORG,  _ALL,  _NO,   _NO),
    SNAPSHOT:          (_NO,    _NO,    _NO,    _NO,    _ALL,   _ALL,   _ALL,  _ALL,  _NO,   _NO),
}
# fmt: on

TABLE: dict[tuple[str, str], Relation] = {
    (role.value, action): cell
    for action, cells in _CELLS.items()
    for role, cell in zip(_COLUMNS, cells, strict=True)
}

#: In whose name an approved package is written (ADR 0023): no duty of a person, but the act of two, within their county.
PACKAGE = "package"
TABLE |= {
    (PACKAGE, action): Relation.OWN_AREA
    for action in (
        RESIDENT_VIEW, RESIDENT_REGISTER, RESIDENT_EDIT, RESIDENT_END, DOCTOR_ASSIGN, RECORD_WRITE, RECORD_ERROR, IMPORT, AREA_EDIT,
        ORGANIZATION_EDIT, PRACTITIONER_EDIT, ACCOUNT_EDIT, DUTY_EDIT,
    )
}  # fmt: skip


@dataclass(frozen=True)
class _Unsaid:
    """No object was named: the question is whether the action exists for this role at all."""


_UNSAID = _Unsaid()


def relation(role: str, action: str) -> Relation:
    """How far an action reaches for a role. Raises KeyError for an action nobody defined."""
    if action not in LABELS:
        raise KeyError(f"{action} is no action of places.policy")
    return TABLE.get((role, action), Relation.NONE)


def may(
    actor: actors.Actor,
    action: str,
    *,
    area_key: int | _Unsaid | None = _UNSAID,
    organization_id: UUID | _Unsaid | None = _UNSAID,
) -> bool:
    """Whether an actor may do an action on an object of an area or of an organization.

    服务区域 looks at the area, 本机构 and 本机构及下级 at the organization, 全县区 at the area; each falls back on the
    other where only that is given (an organization stands where it has its seat). With neither, the answer says
    whether the role has the action anywhere, which is what menus ask. An object whose place is None is nobody's.
    """
    cell = relation(actor.role, action)
    if actor.role == actors.SYSTEM.role:
        return True
    if cell is Relation.NONE:
        return False
    if isinstance(area_key, _Unsaid) and isinstance(organization_id, _Unsaid):
        return True
    area = None if isinstance(area_key, _Unsaid) else area_key
    organization = None if isinstance(organization_id, _Unsaid) else organization_id
    return _holds(cell, actor, area, organization)


def _holds(cell: Relation, actor: actors.Actor, area: int | None, organization: UUID | None) -> bool:
    if area is None and organization is None:
        return False
    if cell is Relation.OWN_ORGANIZATION and organization is not None:
        return organization == actor.organization_id
    if cell is Relation.BELOW and organization is not None:
        return actor.organization_id is not None and reach.is_below(organization, actor.organization_id)
    if area is None:
        area = reach.seat_of(organization)
        if area is None:
            return False
    if cell is Relation.COUNTY:
        seat = reach.seat_of(actor.organization_id)
        if seat is None:
            return False
        low, high = division_codes.county_range(seat)
        return low <= area <= high
    return actor.covers(area)


def require(
    actor: actors.Actor,
    action: str,
    *,
    area_key: int | _Unsaid | None = _UNSAID,
    organization_id: UUID | _Unsaid | None = _UNSAID,
) -> None:
    """Raise Forbidden unless `may` says yes; the message names the action and nothing of the object."""
    if not may(actor, action, area_key=area_key, organization_id=organization_id):
        raise Forbidden(
            f"当前岗位无权在此处{LABELS[action]}。",
            code="forbidden",
            hint="如需办理，请切换岗位，或联系安全保密管理员授权。",
        )


def sees_residents(role: str) -> bool:
    """Whether a role reaches personal health data at all; the others act with an empty scope."""
    return relation(role, RESIDENT_VIEW) is not Relation.NONE


def rows() -> Iterator[tuple[str, list[str]]]:
    """The table as the page 权限表 shows it: label of the action, then one cell a role in the order of `columns`."""
    for action, cells in _CELLS.items():
        yield LABELS[action], [cell.value for cell in cells]


def columns() -> list[str]:
    """Chinese titles of the roles, in the order of the cells of `rows`."""
    return [role.label for role in _COLUMNS]
