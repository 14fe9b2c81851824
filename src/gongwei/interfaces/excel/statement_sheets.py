"""结算单 as a workbook: services with counts, weights, shares and amounts; then from the base to what is paid, and the documents."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gongwei.interfaces.excel import exports, sheets
from gongwei.settlement import money, queries

HEAD = (
    "服务项目",
    "服务机构",
    "计入次数",
    "未计入",
    "计入数量",
    "当量",
    "单价（元）",
    "质量系数",
    "分成比例",
    "计入当量",
    "金额（元）",
)


@dataclass(frozen=True)
class StatementSheet:
    """A statement to be written or printed. points: the score as it is shown."""

    found: queries.Statement
    county: str
    points: str

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.found.run.title.removesuffix('结算')}结算单"

    @property
    def final_fen(self) -> int:
        """What is paid now, reward included; negative: to be given back."""
        return self.found.unit.final_fen + self.found.unit.reward_fen

    @property
    def both_fen(self) -> int:
        """The same together with the institutions it took over."""
        return self.found.together["final_fen"] + self.found.together["reward_fen"]

    def steps(self) -> list[tuple[str, str]]:
        """From the subtotal to the last fen, in words."""
        unit, yuan = self.found.unit, money.yuan
        of = f"（沿用{self.found.points_of}得分）" if self.found.points_of else ""
        last = (
            ("本次结算拨付", yuan(self.final_fen))
            if self.final_fen >= 0
            else ("应收回", yuan(-self.final_fen))
        )
        return [
            ("基数（合计）", yuan(unit.base_fen)),
            ("年度得分", f"{self.points}{of}"),
            ("拨付比例", f"{(unit.ratio * 100).quantize(Decimal('0.0001')).normalize():f}％"),
            ("应得", yuan(unit.due_fen)),
            ("扣减", yuan(unit.withheld_fen)),
            ("奖励", yuan(unit.reward_fen)),
            ("已预拨", yuan(unit.prepaid_fen)),
            last,
            ("大写金额", money.capitals(abs(self.final_fen))),
            ("地方财政补足", yuan(unit.topup_fen)),
            *(
                (f"所承继的{each.name}：结算拨付", yuan(each.final_fen + each.reward_fen))
                for each in self.found.formers
            ),
            *([("含所承继机构合计", yuan(self.both_fen))] if self.found.formers else []),
        ]  # fmt: skip

    def documents(self) -> list[tuple[str, str]]:
        """What it rests on."""
        run = self.found.run
        return [
            ("结算期", f"{run.first:%Y-%m-%d}～{run.last:%Y-%m-%d}"),
            ("分配方案", self.found.scheme),
            ("依据文件", self.found.document),
            ("结算编号", str(run.id)),
        ]

    def workbook(self) -> bytes:
        """The statement as a workbook."""
        rows: list[list[sheets.Cell]] = [
            [
                each.service,
                each.origin,
                each.records,
                each.declined_count,
                each.quantity,
                each.weight,
                None if each.unit_fen is None else each.unit_fen / 100,
                each.coefficient,
                each.share,
                each.equivalents,
                money.yuan_decimal(each.amount_fen),
            ]
            for each in self.found.services
        ]
        rows.append(["合计", *([""] * 9), money.yuan_decimal(self.found.total_fen)])
        rows += [
            [name, said] for name, said in (("机构", self.found.unit.name), *self.steps(), *self.documents())
        ]
        rows.append(["机构负责人：", "", "", "经办人：", "", "", "县区审核：", "", "", "日期："])
        return exports.rows_workbook("结算单", HEAD, rows)
