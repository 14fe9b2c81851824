"""结算单 on paper: services, counts, weights, shares and amounts; from base to payment; documents; lines to sign."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gongwei.interfaces.excel.statement_sheets import StatementSheet
from gongwei.interfaces.print import fund_papers, layout, typesetting
from gongwei.settlement import money

_SIGN: list[layout.Run] = ["机构负责人：", {"k": 34}, "经办人：", {"k": 34}, "县区审核：", {"k": 34}]


def statement_pdf(paper: StatementSheet, *, foot: str = "") -> bytes:
    """A statement, A4 across, to be signed and stamped."""
    return typesetting.pdf(paper.title, [statement_sheet(paper, foot=foot)])


def statement_sheet(paper: StatementSheet, *, foot: str = "") -> dict[str, Any]:
    """The sheet of a statement."""
    found = paper.found
    heads = [
        ("服务项目", 62.0),
        ("服务机构", 48.0),
        ("计入次数", 20.0),
        ("未计入", 18.0),
        ("计入数量", 22.0),
        ("当量或单价", 24.0),
        ("质量系数", 20.0),
        ("分成", 18.0),
        ("金额（元）", 34.0),
    ]
    rows = [
        [
            each.service,
            each.origin,
            str(each.records),
            str(each.declined_count),
            _plain(each.quantity),
            _plain(each.weight) if each.unit_fen is None else money.yuan(int(each.unit_fen)),
            _plain(each.coefficient),
            f"{_plain(each.share * 100)}％",
            money.yuan(each.amount_fen),
        ]
        for each in found.services
    ]
    rows.append(["合计", "", "", "", "", "", "", "", money.yuan(found.total_fen)])
    steps = [[name, said] for name, said in paper.steps()]
    documents = "　".join(f"{name}：{said}" for name, said in paper.documents()[:3])
    return {
        "title": f"{paper.county}{paper.title}",
        "title_size": 15,
        "width": 297,
        "height": 210,
        "lead": [{"l": [f"机构：{found.unit.name}　{documents}　单位：元"]}],
        "blocks": [
            fund_papers.table(heads, rows, 9, fund_papers.NUMBER),
            fund_papers.table([("从基数到拨付", 70.0), ("金额、说明", 110.0)], steps, 9, fund_papers.NUMBER),
            fund_papers.text(10, _SIGN),
            fund_papers.text(10, ["单位（盖章）：", {"k": 150}, "年　　月　　日"]),
        ],
        "foot": f"{foot}　结算编号：{found.run.id}",
    }


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
