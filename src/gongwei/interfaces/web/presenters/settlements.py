"""Settlements as pages show them: runs, totals by township, the lines of a statement, and what a scheme says in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from gongwei.evaluation import queries as evaluation
from gongwei.evaluation import scoring
from gongwei.interfaces.web.presenters import funds
from gongwei.settlement import (
    allocation,
    fund_parameters,
    money,
    queries,
    ratios,
    reasons,
    schemes,
    standards,
)
from gongwei.settlement.run_models import RunUnit, SettlementRun

TONES = {
    "running": "bg-blue-lt",
    "computed": "bg-yellow-lt",
    "submitted": "bg-yellow-lt",
    "approved": "bg-cyan-lt",
    "posted": "bg-cyan-lt",
    "published": "bg-green-lt",
    "returned": "",
    "failed": "bg-red-lt",
}


def run(each: SettlementRun) -> dict[str, Any]:
    """One settlement in a list."""
    return {
        "id": each.id,
        "title": each.title,
        "year": each.year,
        "pot": standards.POTS.get(each.pot, each.pot),
        "period": f"{each.first:%Y-%m-%d}～{each.last:%Y-%m-%d}",
        "state": each.get_state_display(),
        "tone": TONES.get(each.state, ""),
        "total": each.total_fen,
        "due": each.due_fen,
        "withheld": each.withheld_fen,
        "at": each.at,
        "url": reverse("settlement", args=[each.id]),
    }


def basis(each: SettlementRun) -> list[tuple[str, str]]:
    """What a settlement rests on, in words."""
    content = each.inputs["scheme"]["content"]
    said = schemes.read(content)
    scores = each.inputs["scores"]
    waiting = sum(score["state"] == "provisional" for score in scores.values())
    return [
        ("结算期", f"{each.first:%Y-%m-%d}～{each.last:%Y-%m-%d}"),
        ("分配方案", schemes.described(said)),
        ("依据文件", said.document),
        ("扣减去向", ratios.DESTINATIONS[said.withheld_to]),
        ("年度得分", f"{len(scores)}个机构" + (f"，其中{waiting}个暂定" if waiting else "，均已定案")),
        ("不计入的疑点和其他经费", f"{each.inputs['held']['records']}条记录"),
        *_when(each, "fund_parameters", "本县区自定的参数", parameters(each)),
        *_when(each, "successions", "机构承继", "{}个机构的资金由其他机构承继"),
        *_when(each, "granted", "申诉认定计入", "{}条记录"),
        ("总额来源", MONEY.get(each.inputs["money"]["by"], "")),
        ("用时", f"{each.seconds:.1f}秒，其中统计服务{each.counting_seconds:.1f}秒"),
    ]


def _when(each: SettlementRun, name: str, title: str, words: str) -> list[tuple[str, str]]:
    """A line about an input that most settlements have not: how many of it there are."""
    found = each.inputs.get(name)
    return [(title, words.format(len(found)))] if found else []


def parameters(each: SettlementRun) -> str:
    """What the county itself had set when a settlement was computed, with its documents."""
    known = fund_parameters.national().definitions
    return "；".join(
        f"{known[code].title}{funds.parameter_value(known[code], fund_parameters.typed(known[code], said['value']))}"
        f"（{said['document']}，自{said['since']}）"
        for code, said in each.inputs.get("fund_parameters", {}).items()
        if code in known
    )


MONEY = {
    "prices": "按单价计算",
    "given": "填写的总额",
    "allocation": "批准的分配方案",
    "budget": "批准的预算",
}


def invariants(each: SettlementRun, rows: Sequence[queries.TownRow]) -> list[tuple[str, bool, str]]:
    """What must hold of a settlement, each with the numbers: whether it does is shown, never assumed."""
    base, due, withheld = (
        sum(getattr(row, name) for row in rows) for name in ("base_fen", "due_fen", "withheld_fen")
    )
    prepaid, final = (sum(getattr(row, name) for row in rows) for name in ("prepaid_fen", "final_fen"))
    yuan = money.yuan
    return [
        ("各机构基数之和＝分配总额", base == each.total_fen, f"{yuan(base)}＝{yuan(each.total_fen)}"),
        ("应拨＋扣减＝基数", due + withheld == base, f"{yuan(due)}＋{yuan(withheld)}＝{yuan(base)}"),
        ("已预拨＋结算＝应拨", prepaid + final == due, f"{yuan(prepaid)}＋{yuan(final)}＝{yuan(due)}"),
    ]


SUMS = ("base_fen", "due_fen", "withheld_fen", "prepaid_fen", "final_fen", "reward_fen", "topup_fen")
HEADS = ("基数", "应拨", "扣减", "已预拨", "结算拨付", "奖励", "地方补足")


def towns(
    each: SettlementRun, rows: Sequence[queries.TownRow], units: Sequence[RunUnit]
) -> list[dict[str, Any]]:
    """Townships, each with the institutions an actor may see below it."""
    below: dict[UUID, list[dict[str, Any]]] = {}
    for unit in units:
        below.setdefault(unit.town_id, []).append(
            {
                "name": unit.name,
                "url": reverse("statement", args=[each.id, unit.organization_id]),
                "points": points(unit, each.year),
                "ratio": percent(unit.ratio),
                "veto": unit.veto,
                "cells": [getattr(unit, name) for name in SUMS],
            }
        )
    return [
        {
            "name": row.name,
            "units": below.get(row.town_id, []),
            "cells": [getattr(row, name) for name in SUMS],
        }
        for row in rows
        if row.town_id in below
    ]


def points(unit: RunUnit, year: int) -> str:
    """The score as it is shown, never rounded onto a limit."""
    if unit.veto:
        return "一票否决"
    return "—" if unit.points is None else evaluation.shown(unit.points, year)


def score(exact: str, year: int) -> str:
    """A score as inputs keep it (a fraction), as it is shown."""
    return evaluation.shown(scoring.kept(Fraction(exact)), year)


def percent(value: Decimal) -> str:
    """A part of one as per cent, without needless noughts."""
    return f"{(value * 100).quantize(Decimal('0.0001')).normalize():f}％"


def plain(value: Decimal | None) -> str:
    """A number without needless noughts."""
    return "" if value is None else f"{value.normalize():f}"


def services(of: SettlementRun, organization_id: UUID, found: queries.Statement) -> list[dict[str, Any]]:
    """The lines of a statement: service → count → price or weight → coefficient → share → amount, with where each opens to."""
    return [
        {
            "title": each.service,
            "code": each.service_code,
            "origin": "" if each.origin_id == organization_id else each.origin,
            "records": each.records,
            "declined": each.declined_count,
            "reasons": [(reasons.words(code), number) for code, number in each.declined.items()],
            "quantity": plain(each.quantity),
            "price": money.yuan(int(each.unit_fen)) if each.unit_fen is not None else plain(each.weight),
            "coefficient": plain(each.coefficient),
            "share": percent(each.share),
            "equivalents": plain(each.equivalents),
            "amount": each.amount_fen,
            "counted_url": _records(of, each.origin_id, each.service_code) if each.records and each.service_code else "",
            "declined_url": _records(of, each.origin_id, each.service_code, counted="0") if each.declined_count else "",
        }
        for each in found.services
    ]  # fmt: skip


def _records(of: SettlementRun, organization_id: UUID, service: str, **asked: str) -> str:
    return (
        reverse("statement-records", args=[of.id, organization_id])
        + "?"
        + urlencode({"service": service} | asked)
    )


def chain(found: queries.Statement) -> list[dict[str, Any]]:
    """From the subtotal to the last fen: each step with how it comes about."""
    unit = found.unit
    judged = points(unit, found.run.year)
    of = f"（沿用{found.points_of}得分）" if found.points_of else ""
    steps: list[dict[str, Any]] = [
        {"title": "基数（各项合计）", "fen": unit.base_fen, "said": ""},
        {
            "title": "应得",
            "fen": unit.due_fen,
            "said": f"年度得分{judged}{of}，拨付比例{percent(unit.ratio)}",
        },
        {"title": "扣减", "fen": unit.withheld_fen, "said": "基数－应得"},
    ]
    if unit.reward_fen:
        steps.append({"title": "奖励", "fen": unit.reward_fen, "said": "从扣减资金中奖励"})
    steps.append({"title": "已预拨", "fen": unit.prepaid_fen, "said": "上、下半年预拨"})
    final = {"title": "本次结算拨付", "fen": unit.final_fen, "said": "应得－已预拨", "strong": True}
    if unit.final_fen < 0:
        final |= {"title": "应收回", "fen": -unit.final_fen, "said": "已预拨超过应得的部分", "warn": True}
    steps.append(final)
    if unit.topup_fen:
        steps.append({"title": "地方财政补足", "fen": unit.topup_fen, "said": "扣减部分由本级财政另行补足"})
    return steps


def formers(found: queries.Statement) -> dict[str, Any] | None:
    """The institutions one took over, with their statements, beside the own and the sum of all; None where there are none."""
    if not found.formers:
        return None
    return {
        "rows": [
            {
                "name": each.name,
                "own": each is found.unit,
                "url": reverse("statement", args=[found.run.id, each.organization_id]),
                "cells": [getattr(each, name) for name in SUMS],
            }
            for each in (found.unit, *found.formers)
        ],
        "together": [found.together[name] for name in SUMS],
    }


def not_counted(of: SettlementRun, organization_id: UUID, found: queries.Statement) -> list[dict[str, Any]]:
    """Why records were not counted, with how many; each opens to them."""
    return [
        {
            "words": reasons.words(code),
            "records": number,
            "urls": [
                (each.service, each.declined[code], _records(of, organization_id, each.service_code, counted="0", reason=code))
                for each in found.services
                if code in each.declined
            ],
        }
        for code, number in found.not_counted.items()
    ]  # fmt: skip


def staff(of: SettlementRun, found: queries.Statement) -> list[dict[str, Any]]:
    """What falls to each doctor."""
    return [
        {
            "name": each.practitioner or "机构",
            "id": each.practitioner_id,
            "equivalents": plain(each.equivalents),
            "coefficient": "" if each.coefficient == 1 else plain(each.coefficient),
            "base": each.base_fen,
            "due": each.due_fen,
        }
        for each in found.staff
    ]


def difference(
    rows: Sequence[queries.LineDifference],
    names: Mapping[UUID, str],
    titles: Mapping[str, str],
    doctors: Mapping[UUID | None, str],
) -> list[dict[str, Any]]:
    """Lines that differ between two settlements, with the causes in words."""
    return [
        {
            "organization": names.get(each.organization_id, ""),
            "doctor": doctors.get(each.practitioner_id, "") if each.practitioner_id else "",
            "service": titles.get(each.service_code, each.service_code),
            "before": each.before_fen,
            "after": each.after_fen,
            "records": (each.before_records, each.after_records),
            "difference": each.difference_fen,
            "causes": "、".join(queries.CAUSES[cause] for cause in each.causes),
        }
        for each in rows
    ]  # fmt: skip


def scheme(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a scheme says, in words."""
    found = schemes.read(content)
    late, remote = content["late"], content["remote"]
    return [
        ("分配办法", schemes.METHODS[found.method] + (f"（人口{allocation.percent(found.alpha)}）" if found.method == schemes.MIXED else "")),
        ("村级比例", allocation.percent(found.village_share)),
        ("乡村划分", schemes.SPLITS[found.split]),
        ("预拨比例", allocation.percent(found.prepaid_share)),
        ("得分与拨付", f"{ratios.MODES[found.rule.mode]}，{plain(Decimal(content['ratio']['full_at']))}分及以上全额，{plain(Decimal(content['ratio']['none_below']))}分以下不拨"),
        ("质量系数", schemes.QUALITIES[found.quality]),
        ("机构内部分配", schemes.STAFF[found.staff]),
        ("扣减去向", ratios.DESTINATIONS[found.withheld_to]),
        ("地方补足", "扣减部分由本级财政补足" if found.topup else "不补足"),
        ("奖励线", f"{content['reward_at']}分"),
        ("迟录", f"超过{late['days']}天录入的按{late['factor']}计"),
        ("原系统迁入而无录入日期的", schemes.MOVED_IN[late.get("moved_in", schemes.EXEMPT)]),
        ("边远村", f"按{remote['factor']}计，{len(remote['areas'])}个村"),
    ]  # fmt: skip


def items(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The services of a scheme with weight, price and shares."""
    return [
        {
            "service": service,
            "code": each.get("code", ""),
            "title": each["title"],
            "weight": each["weight"],
            "price": "" if each.get("price_fen") is None else money.yuan(each["price_fen"]),
            "town": percent(Decimal(each["town"])),
            "village": percent(Decimal(each["village"])),
        }
        for service, each in content["items"].items()
    ]


def day_words(value: dt.date | None) -> str:
    """A day as it is written."""
    return "" if value is None else f"{value:%Y-%m-%d}"
