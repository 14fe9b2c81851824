"""What one person prepares and another approves: budgets, allocations, payments. The database holds the four eyes as well."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from gongwei.base import audit, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import county_codes


class State(models.TextChoices):
    """What became of it; only what is approved counts."""

    DRAFT = "draft", "待审批"
    APPROVED = "approved", "已批准"
    REPLACED = "replaced", "已调整"
    WITHDRAWN = "withdrawn", "已撤回"


def one_at_a_time(state: str, name: str, *fields: str) -> models.UniqueConstraint:
    """That of the rows with the same fields only one stands in a state; the constraint's name ends in `name`."""
    return models.UniqueConstraint(
        fields=fields, condition=Q(state=state), name=f"settlement_%(class)s_{name}"
    )


class Approvable(models.Model):
    """Columns of what one person prepares for a county and somebody else approves; nothing of it is ever removed."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    area_key = models.BigIntegerField("县区", db_comment="12位县级区划代码")
    document = models.CharField("文件", max_length=200, db_comment="依据的文件（文号）")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.DRAFT, db_comment="状态"
    )
    recorded_at = models.DateTimeField("编制时刻", db_comment="编制时刻（UTC）")
    recorded_by = models.UUIDField("编制账号", null=True, blank=True, db_comment="编制的账号，空为系统")
    approved_at = models.DateTimeField("批准时刻", null=True, blank=True, db_comment="批准时刻（UTC）")
    approved_by = models.UUIDField("批准账号", null=True, blank=True, db_comment="批准的账号，空为系统")
    ended_at = models.DateTimeField(
        "调整或撤回时刻", null=True, blank=True, db_comment="调整或撤回时刻（UTC）"
    )
    ended_by = models.UUIDField("调整或撤回账号", null=True, blank=True, db_comment="调整或撤回的账号")
    reason = models.CharField("撤回理由", max_length=200, blank=True, default="", db_comment="撤回的理由")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "approved", "replaced", "withdrawn"]),
                name="settlement_%(class)s_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(approved_at__isnull=False),
                name="settlement_%(class)s_approved",
            ),
            # Four eyes: who prepared it does not approve it. Both are empty for what the system brings.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(recorded_by__isnull=True)
                | ~Q(approved_by=F("recorded_by")),
                name="settlement_%(class)s_four_eyes",
            ),
            models.CheckConstraint(condition=~Q(document=""), name="settlement_%(class)s_document"),
        ]

    def about(self) -> dict[str, Any]:
        """What the audit trail says it is about, besides its county."""
        return {}


class OfPot(Approvable):
    """The same of a budget year and pot: budgets, allocations, payments, schemes."""

    year = models.SmallIntegerField("年度", db_comment="预算年度")
    pot = models.CharField(
        "资金类别", max_length=12, db_comment="资金类别：original原项目 transferred划转项目"
    )

    class Meta(Approvable.Meta):
        abstract = True
        constraints = [
            *Approvable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(pot__in=["original", "transferred"]), name="settlement_%(class)s_pot"
            ),
        ]

    def about(self) -> dict[str, Any]:
        """The year and pot."""
        return {"year": self.year, "pot": self.pot}


class Versioned(OfPot):
    """The same in numbered versions, of which one is in force."""

    version = models.SmallIntegerField("版本", db_comment="同一县区、年度、资金类别的第几版")

    class Meta(OfPot.Meta):
        abstract = True
        constraints = [
            *OfPot.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_key", "year", "pot", "version"], name="settlement_%(class)s_version"
            ),
            one_at_a_time("approved", "in_force", "area_key", "year", "pot"),
        ]


#: What a request may change of such a row.
UPDATES = "state, approved_at, approved_by, ended_at, ended_by, reason"


Row = TypeVar("Row", bound=Approvable)


def locked(kind: type[Row], row_id: UUID) -> Row:
    """The row, held until the transaction ends. Raises Refused when there is none."""
    row = kind._default_manager.select_for_update().filter(id=row_id).first()
    if row is None:
        raise Refused(f"没有找到这项{kind._meta.verbose_name}，请刷新后再办。", code="gone")
    return row


def approve(row: Approvable, *, by: Actor, at: dt.datetime) -> None:
    """Approve a draft that is held locked.

    Raises Refused: no draft any more, or prepared by the same person; policy.Forbidden.
    """
    county = county_codes.now(row.area_key)
    policy.require(by, policy.FUND_APPROVE, area_key=county)
    if row.state != State.DRAFT:
        raise Refused("已经审批或撤回，请刷新后再办。", code="gone")
    if row.recorded_by is not None and row.recorded_by == by.account_id:
        raise Refused("编制和批准不能是同一个人。", code="four_eyes", hint="请由另一位有审批权限的人员批准。")
    row.state, row.approved_at, row.approved_by = State.APPROVED, at, by.account_id
    row.save(update_fields=["state", "approved_at", "approved_by"])
    audited(row, "confirm", by=by, at=at)


def withdraw(row: Approvable, *, by: Actor, at: dt.datetime, reason: str) -> None:
    """Take a draft back (or send it back), with the reason. What is approved is not withdrawn: it is adjusted or reversed.

    Raises Refused: no draft, no reason; policy.Forbidden.
    """
    county = county_codes.now(row.area_key)
    if not policy.may(by, policy.FUND_APPROVE, area_key=county):
        policy.require(by, policy.FUND_EDIT, area_key=county)
    if row.state != State.DRAFT:
        raise Refused("已经审批或撤回，请刷新后再办。", code="gone")
    if not reason.strip():
        raise Refused("请填写撤回的理由。", field="reason", code="required")
    end(row, State.WITHDRAWN, by=by, at=at, reason=reason)
    audited(row, "withdraw", by=by, at=at)


def end(row: Approvable, state: str, *, by: Actor, at: dt.datetime, reason: str = "") -> None:
    """Take a row out of force."""
    row.state, row.ended_at, row.ended_by, row.reason = state, at, by.account_id, reason.strip()[:200]
    row.save(update_fields=["state", "ended_at", "ended_by", "reason"])


def audited(row: Approvable, action: str, *, by: Actor, at: dt.datetime) -> None:
    """The line of audit of what happened to a row."""
    audit.record(
        by=by,
        action=action,
        subject_kind=type(row).__name__.lower(),
        subject_id=row.id,
        area_key=row.area_key,
        detail=row.about(),
        at=at,
    )
