"""Making a county's scheme: from the national default, from another year, from a file; changing it while it is a draft;
having it approved by another person, after which it stays as it is."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei import catalogue
from gongwei.base import audit, digests
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import national, trees
from gongwei.evaluation.models import Scheme
from gongwei.evaluation.trees import Fault, Tree
from gongwei.measures import periods
from gongwei.places import policy

FIRST_YEAR, LAST_YEAR = 2009, 2100
State = Scheme.State
#: Periods an item may take its measure over, beside a code of its own.
OF_ROUND, TO_DATE = "round", "ytd"
PERIODS = {OF_ROUND: "评价期", TO_DATE: "年初至评价期末"}


def tree_of(scheme: Scheme) -> Tree:
    """The tree of a scheme."""
    return trees.read(scheme.tree)


def digest(plain: Mapping[str, Any]) -> str:
    """SHA-256 of a tree as it is stored."""
    return hashlib.sha256(digests.canonical(plain)).hexdigest()


def faults(tree: Tree) -> list[Fault]:
    """What keeps a tree from being used: what does not add up, and measures or periods nobody knows."""
    found = trees.faults(tree)
    known = {each.code for each in catalogue.measures()}
    for item in tree.items():
        if item.measure and item.measure not in known:
            found.append(Fault(item.code, f"“{item.title}”：没有指标“{item.measure}”。"))
        if item.period and item.period not in PERIODS and not _is_period(item.period):
            found.append(Fault(item.code, f"“{item.title}”：没有统计期“{item.period}”。"))
    return found


@transaction.atomic
def from_default(
    *, by: Actor, at: dt.datetime, county_key: int, year: int, level: str, document: str = ""
) -> Scheme:
    """A draft of the national default tree. Raises Refused: no default for the level and year; policy.Forbidden."""
    try:
        found = national.default(level, year)
    except KeyError:
        raise Refused("这个年度没有全国默认方案。", field="year", code="no_default") from None
    origin = f"全国默认（{found.since}年起）"
    return _make(by, at, county_key, year, level, trees.plain(found.tree), origin, document)


@transaction.atomic
def copied(
    *, by: Actor, at: dt.datetime, scheme_id: UUID, year: int, level: str | None = None, document: str = ""
) -> Scheme:
    """A draft for a year (and another level) with the tree of an existing scheme. Raises Refused, policy.Forbidden."""
    source = Scheme.objects.filter(id=scheme_id).first()
    if source is None:
        raise Refused("没有这个方案。", code="gone")
    origin = f"复制自{source.title}（第{source.version}版）"
    return _make(by, at, source.county_key, year, level or source.level, source.tree, origin, document)


@transaction.atomic
def imported(
    *,
    by: Actor,
    at: dt.datetime,
    county_key: int,
    year: int,
    level: str,
    tree: Tree,
    origin: str,
    document: str = "",
) -> Scheme:
    """A draft with a tree read from a file. Raises Several with every fault of the tree; policy.Forbidden."""
    _refuse(faults(tree))
    return _make(by, at, county_key, year, level, trees.plain(tree), origin, document)


@transaction.atomic
def change(
    *,
    by: Actor,
    at: dt.datetime,
    scheme_id: UUID,
    tree: Mapping[str, Any] | None = None,
    title: str | None = None,
    document: str | None = None,
) -> Scheme:
    """Change a draft. Sums may still be wrong (it is a draft); values that cannot be read are refused.

    Raises Refused: not a draft any more, a tree that cannot be read; policy.Forbidden.
    """
    scheme = _locked(by, scheme_id, State.DRAFT)
    if tree is not None:
        try:
            scheme.tree = trees.plain(trees.read(tree))
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{error}。", field="tree", code="tree") from None
    if title is not None:
        if not title.strip():
            raise Refused("请填写方案名称。", field="title", code="required")
        scheme.title = title.strip()[:100]
    if document is not None:
        scheme.document = document.strip()[:200]
    scheme.changed_at, scheme.changed_by = at, by.account_id
    scheme.save(update_fields=["tree", "title", "document", "changed_at", "changed_by"])
    _audit(by, at, scheme, "update")
    return scheme


@transaction.atomic
def submit(*, by: Actor, at: dt.datetime, scheme_id: UUID) -> Scheme:
    """Hand a draft in for approval. Raises Several with every fault of the tree, Refused, policy.Forbidden."""
    scheme = _locked(by, scheme_id, State.DRAFT)
    _refuse(faults(tree_of(scheme)))
    scheme.state = State.SUBMITTED
    scheme.save(update_fields=["state"])
    _audit(by, at, scheme, "request")
    return scheme


@transaction.atomic
def send_back(*, by: Actor, at: dt.datetime, scheme_id: UUID) -> Scheme:
    """Make a scheme that was handed in a draft again. Raises Refused, policy.Forbidden."""
    scheme = _row(scheme_id, State.SUBMITTED)
    action = policy.EVALUATION_APPROVE
    if not policy.may(by, action, area_key=scheme.county_key):
        action = policy.EVALUATION_EDIT
    policy.require(by, action, area_key=scheme.county_key)
    scheme.state = State.DRAFT
    scheme.save(update_fields=["state"])
    _audit(by, at, scheme, "return")
    return scheme


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, scheme_id: UUID) -> Scheme:
    """Approve a scheme that was handed in; the one in force until now stays as a replaced one, and rounds keep theirs.

    Raises Refused: not handed in, made or last changed by the same person (四眼); Several: faults; policy.Forbidden.
    """
    scheme = _row(scheme_id, State.SUBMITTED)
    policy.require(by, policy.EVALUATION_APPROVE, area_key=scheme.county_key)
    if by.account_id is not None and by.account_id in (scheme.made_by, scheme.changed_by):
        raise Refused("编制和审定不能是同一个人。", code="four_eyes", hint="请由另一位县级管理人员审定。")
    _refuse(faults(tree_of(scheme)))
    for former in Scheme.objects.select_for_update().filter(
        county_key=scheme.county_key, year=scheme.year, level=scheme.level, state=State.APPROVED
    ):
        former.state, former.ended_at, former.ended_by = State.REPLACED, at, by.account_id
        former.save(update_fields=["state", "ended_at", "ended_by"])
    scheme.state, scheme.approved_at, scheme.approved_by = State.APPROVED, at, by.account_id
    scheme.digest = digest(scheme.tree)
    scheme.save(update_fields=["state", "approved_at", "approved_by", "digest"])
    _audit(by, at, scheme, "confirm")
    return scheme


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, scheme_id: UUID) -> Scheme:
    """Give up a draft; it stays to be seen. Raises Refused, policy.Forbidden."""
    scheme = _locked(by, scheme_id, State.DRAFT)
    scheme.state, scheme.ended_at, scheme.ended_by = State.WITHDRAWN, at, by.account_id
    scheme.save(update_fields=["state", "ended_at", "ended_by"])
    _audit(by, at, scheme, "withdraw")
    return scheme


def _make(
    by: Actor,
    at: dt.datetime,
    county_key: int,
    year: int,
    level: str,
    tree: Mapping[str, Any],
    origin: str,
    document: str,
) -> Scheme:
    policy.require(by, policy.EVALUATION_EDIT, area_key=county_key)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度应在{FIRST_YEAR}～{LAST_YEAR}之间。", field="year", code="year")
    if level not in national.LEVELS:
        raise Refused("请选择评价对象。", field="level", code="level")
    same = Scheme.objects.filter(county_key=county_key, year=year, level=level)
    version = int(same.aggregate(Max("version"))["version__max"] or 0) + 1
    scheme = Scheme.objects.create(
        county_key=county_key,
        year=year,
        level=level,
        version=version,
        title=f"{year}年{national.LEVELS[level]}绩效评价方案",
        tree=dict(tree),
        origin=origin[:200],
        document=document.strip()[:200],
        made_at=at,
        made_by=by.account_id,
        changed_at=at,
        changed_by=by.account_id,
    )
    _audit(by, at, scheme, "create")
    return scheme


def _row(scheme_id: UUID, state: str) -> Scheme:
    scheme = Scheme.objects.select_for_update().filter(id=scheme_id, state=state).first()
    if scheme is None:
        raise Refused("方案的状态已经变更，请刷新后再办。", code="gone")
    return scheme


def _locked(by: Actor, scheme_id: UUID, state: str) -> Scheme:
    scheme = _row(scheme_id, state)
    policy.require(by, policy.EVALUATION_EDIT, area_key=scheme.county_key)
    return scheme


def _refuse(found: list[Fault]) -> None:
    if found:
        raise Several([Refused(each.message, code="tree", details={"where": each.where}) for each in found])


def _is_period(code: str) -> bool:
    try:
        periods.parse(code)
    except ValueError:
        return False
    return True


def _audit(by: Actor, at: dt.datetime, scheme: Scheme, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="evaluation_scheme",
        subject_id=scheme.id,
        area_key=scheme.county_key,
        detail={"year": scheme.year, "level": scheme.level, "version": scheme.version},
        at=at,
    )
