"""Schemes of allocation (分配方案): how a county's money is divided, which service weighs or costs what. Data, dated, with the
document each comes from; never code.

A scheme is plain data (numbers as text, so that none is a float): the national default of a day (`national`), or a county's own
version. `read` makes it a `Scheme` or refuses it with the reason: shares that do not add to 100 %, an unknown service, no price.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei import catalogue
from gongwei.base import digests
from gongwei.base.problems import Refused
from gongwei.language.errors import DefinitionError
from gongwei.settlement import ratios
from gongwei.settlement.allocation import percent, share, whole

POPULATION, EQUIVALENTS, MIXED, PRICE_LIST = "population", "equivalents", "mixed", "price_list"
METHODS = {
    POPULATION: "按人口",
    EQUIVALENTS: "按工作当量",
    MIXED: "人口与工作当量混合",
    PRICE_LIST: "按定额清单",
}
BY_POOL, BY_ITEM = "by_pool", "by_item"
SPLITS = {BY_POOL: "按总额划分乡村", BY_ITEM: "按服务项目划分乡村"}
NONE, SCALE, SCORE = "none", "scale", "score"
#: What weighs a practitioner's share inside the institution besides the work done (evaluation_and_funds.md §7, Q_staff).
STAFF = {"none": "按工作量", "score": "按工作量和医务人员年度得分"}
#: What becomes of records brought from an old system that did not say when they were entered there (ADR 0025).
EXEMPT, BY_IMPORT = "exempt", "import"
MOVED_IN = {EXEMPT: "不按迟录", BY_IMPORT: "按迁入日期判断"}
QUALITIES = {NONE: "不用质量系数", SCALE: "按质量系数表", SCORE: "得分÷100"}
SCOPES = {"record": "同一张表", "encounter": "同一次服务"}
SEVERITIES = ("blocker", "major", "minor", "suspect")


@dataclass(frozen=True, slots=True)
class Item:
    """What one service weighs and costs, and how it is shared when a village clinic does it."""

    service: str
    code: str
    title: str
    weight: Fraction
    price_fen: int | None
    town: Fraction
    village: Fraction


@dataclass(frozen=True, slots=True)
class Claim:
    """Services one record (or encounter) is paid for only once: the first in order that it satisfies."""

    title: str
    scope: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What makes one service weigh more or less: entered later than `late_days` days, done in a remote village.

    moved_in_late: whether a record brought from an old system without its day of entry is late by the day it was brought in;
    else it is not late at all (ADR 0025).
    """

    late_days: int
    late_factor: Fraction
    remote_factor: Fraction
    remote_areas: frozenset[int]
    moved_in_late: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme that is whole. `content` is what it was read from, `digest` its SHA-256."""

    title: str
    document: str
    method: str
    alpha: Fraction
    unit_fen: Fraction | None
    village_share: Fraction
    village_kinds: frozenset[str]
    split: str
    prepaid_share: Fraction
    rule: ratios.Rule
    inherit_score: bool
    quality: str
    scale: tuple[ratios.Step, ...]
    withheld_to: str
    topup: bool
    reward_at: Fraction
    modifiers: Modifiers
    staff: str
    confirmed: frozenset[str]
    held_open: frozenset[str]
    claims: tuple[Claim, ...]
    items: Mapping[str, Item]
    content: Mapping[str, Any]
    digest: str

    def staff_quality(self, score: Fraction | None) -> Fraction:
        """What a practitioner's share inside the institution is weighed by (Q_staff); 1 without a score or where none is used."""
        return Fraction(1) if score is None or self.staff == NONE else score / 100

    def coefficient(self, score: Fraction | None) -> Fraction:
        """The quality coefficient of a score; 1 without a score or where none is used."""
        if score is None or self.quality == NONE:
            return Fraction(1)
        return score / 100 if self.quality == SCORE else ratios.coefficient(score, self.scale)


@cache
def _file(name: str) -> list[dict[str, Any]]:
    text = resources.files("gongwei").joinpath(f"policies/national/{name}.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text)["versions"])


def _held(name: str, day: dt.date) -> dict[str, Any]:
    held = [each for each in _file(name) if each["since"] <= day]
    if not held:
        raise DefinitionError(f"{name}.yaml says nothing of {day}")
    return max(held, key=lambda each: each["since"])


def national(day: dt.date) -> dict[str, Any]:
    """The content of the national default scheme that holds on a day: what a county's own begins with."""
    rules, equivalents, prices = (
        _held(each, day) for each in ("allocation", "work_equivalents", "price_list")
    )
    known = {each["service"]: each["price_fen"] for each in prices["items"]}
    items = {
        service: {
            "code": each["code"],
            "title": each["title"],
            "weight": each["weight"],
            "price_fen": known.get(service),
            "village": each["village"],
            "town": str(1 - Decimal(each["village"])),
        }
        for each in equivalents["items"]
        for service in each["services"]
    }
    documents = [rules["document"], equivalents["document"], prices["document"]]
    return {"title": rules["title"], "document": "；".join(documents), **rules["rules"], "items": items}


def read(content: Mapping[str, Any]) -> Scheme:
    """A scheme from its content.

    Raises:
        Refused: what is wrong with it, in Chinese, with the field.
    """
    try:
        return _read(content)
    except KeyError as missing:
        raise Refused(f"分配方案缺少{missing}。", code="missing") from None
    except (ValueError, TypeError, InvalidOperation) as problem:
        raise Refused(f"{problem}。", code="scheme") from None


def _read(content: Mapping[str, Any]) -> Scheme:
    method, split, quality = content["method"], content["split"], content["quality"]
    _among(method, METHODS, "分配办法")
    _among(split, SPLITS, "乡村划分办法")
    _among(quality["by"], QUALITIES, "质量系数")
    staff = content.get("staff", NONE)  # schemes of before it could be said have none
    _among(staff, STAFF, "机构内部分配")
    _among(content["withheld_to"], ratios.DESTINATIONS, "扣减资金去向")
    scale = tuple(ratios.Step(_number(each["least"]), _number(each["value"])) for each in quality["scale"])
    ratios.check_scale(scale)
    if quality["by"] == SCALE and not scale:
        raise ValueError("选用质量系数表时应填写系数表")
    items = {service: _item(service, each) for service, each in content["items"].items()}
    _priced(method, items)
    late, remote, ratio = content["late"], content["remote"], content["ratio"]
    moved_in = late.get("moved_in", EXEMPT)  # schemes of before it could be said
    _among(moved_in, MOVED_IN, "迁入记录的迟录")
    modifiers = Modifiers(
        int(late["days"]),
        share(_number(late["factor"]), "迟录系数"),
        _number(remote["factor"]),
        frozenset(int(each) for each in remote["areas"]),
        moved_in == BY_IMPORT,
    )
    if modifiers.remote_factor < 1:
        raise ValueError("边远村系数不应小于1")
    unit_fen = content.get("unit_fen")
    if content.get("unit") == "price" and (unit_fen is None or _number(unit_fen) <= 0):
        raise ValueError("按当量单价分配时应填写每当量金额")
    return Scheme(
        title=str(content["title"]),
        document=str(content["document"]),
        method=method,
        alpha=share(_number(content["alpha"]), "按人口分配的比例"),
        unit_fen=_number(unit_fen) if content.get("unit") == "price" else None,
        village_share=share(_number(content["village_share"]), "村级比例"),
        village_kinds=frozenset(content["village_kinds"]),
        split=split,
        prepaid_share=share(_number(content["prepaid_share"]), "预拨比例"),
        rule=ratios.Rule(ratio["mode"], _number(ratio["full_at"]), _number(ratio["none_below"])),
        inherit_score=bool(content["inherit_score"]),
        quality=quality["by"],
        scale=scale,
        withheld_to=content["withheld_to"],
        topup=content["topup"] == "required",
        reward_at=_number(content["reward_at"]),
        modifiers=modifiers,
        staff=staff,
        confirmed=_severities(content["findings"]["confirmed"]),
        held_open=_severities(content["findings"]["open"]),
        claims=_claims(content["claims"]),
        items=items,
        content=content,
        digest=hashlib.sha256(digests.canonical(dict(content))).hexdigest(),
    )


def _number(value: Any) -> Fraction:
    """A number written as text, or a whole number. Raises TypeError for a float."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError(f"数值应写成文字，如“0.40”，不能是{type(value).__name__}")
    try:
        return Fraction(value if isinstance(value, int) else Decimal(value))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"“{value}”不是数值") from None


def _among(value: str, known: Mapping[str, str], what: str) -> None:
    if value not in known:
        raise ValueError(f"{what}应为{'、'.join(known.values())}之一")


def _severities(values: Sequence[str]) -> frozenset[str]:
    for each in values:
        if each not in SEVERITIES:
            raise ValueError(f"没有这种疑点严重程度：{each}")
    return frozenset(values)


def _item(service: str, content: Mapping[str, Any]) -> Item:
    title = str(content["title"])
    try:
        catalogue.service(service)
    except KeyError:
        raise ValueError(f"没有这项计价服务：{service}") from None
    town, village = _number(content["town"]), _number(content["village"])
    whole({"乡级": town, "村级": village}, f"“{title}”的乡村分担")
    weight, price = _number(content["weight"]), content.get("price_fen")
    if weight < 0:
        raise ValueError(f"“{title}”的工作当量不能小于0")
    if price is not None and (isinstance(price, bool) or not isinstance(price, int) or price < 0):
        raise ValueError(f"“{title}”的单价应为不小于0的整数分")
    return Item(service, str(content.get("code", "")), title, weight, price, town, village)


def _priced(method: str, items: Mapping[str, Item]) -> None:
    if method == PRICE_LIST:
        without = [each.title for each in items.values() if each.price_fen is None]
        if without or not items:
            raise ValueError(f"按定额清单分配时每项服务都应有单价，还缺：{'、'.join(without) or '全部'}")
    elif method != POPULATION and not any(each.weight for each in items.values()):
        raise ValueError("按工作当量分配时至少一项服务的当量应大于0")


def _claims(content: Sequence[Mapping[str, Any]]) -> tuple[Claim, ...]:
    found = tuple(Claim(each["title"], each["scope"], tuple(each["services"])) for each in content)
    named = [service for claim in found for service in claim.services]
    if len(named) > len(set(named)):
        raise ValueError("一项服务只能列入一条“只付一次”的规则")
    for claim in found:
        _among(claim.scope, SCOPES, f"“{claim.title}”的范围")
    return found


def described(scheme: Scheme) -> str:
    """A scheme in one sentence, for lists and statements."""
    return (
        f"{METHODS[scheme.method]}，村级{percent(scheme.village_share)}，预拨{percent(scheme.prepaid_share)}，"
        f"{ratios.MODES[scheme.rule.mode]}"
    )
