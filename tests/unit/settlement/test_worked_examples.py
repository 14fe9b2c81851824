"""Money in worked examples: every vector of evaluation_and_funds §2, §3, §5, §6, §7, to the fen."""

from decimal import Decimal
from fractions import Fraction
from importlib import resources

import pytest

from gongwei.language.examples import parse
from gongwei.settlement import allocation, ratios


def fen(text):
    amount = Decimal(text) * 100
    assert amount == amount.to_integral_value(), text
    return int(amount)


def part(text):
    return Decimal(text.removesuffix("%")) / 100


def yuan(amount_fen):
    return f"{Decimal(amount_fen) / 100:.2f}"


def total(settings):
    return allocation.per_head(int(settings["人数"]), fen(settings["标准"]))


def matching(example, settings):
    shares = {row.given["级别"]: part(row.given["地方分担"]) for row in example.rows[1:]}
    amounts = list(allocation.tiers(total(settings), part(settings["中央"]), shares).values())
    found = [{"金额": yuan(amount)} for amount in amounts]
    if "公布（万元）" in example.expected_columns:
        for row, shown in zip(found, allocation.in_units(amounts, 100), strict=True):
            row["公布（万元）"] = f"{Decimal(shown) / 10000:.4f}"
    assert sum(amounts) == total(settings)
    return found


def levels(example, settings):
    clinics = settings.get("村卫生室") != "无"
    amounts = allocation.town_and_village(total(settings), part(settings["村级"]), clinics)
    return [{"金额": yuan(amount)} for amount in amounts]


def items(example, settings):
    found = []
    for row in example.rows:
        shares = [part(row.given["乡级"]), part(row.given["村级"])]
        town, village = allocation.split(fen(row.given["金额"]), shares)
        assert town + village == fen(row.given["金额"])
        found.append({"乡级金额": yuan(town), "村级金额": yuan(village)})
    return found


def mixture(example, settings):
    persons = {row.given["机构"]: int(row.given["人数"]) for row in example.rows}
    done = {row.given["机构"]: Decimal(row.given["当量"]) for row in example.rows}
    found = allocation.mixed(fen(settings["总额"]), part(settings["按人口"]), persons, done)
    assert sum(found.values()) == fen(settings["总额"])
    return [{"金额": yuan(amount)} for amount in found.values()]


def parts(example, settings):
    amounts = allocation.split(fen(settings["总额"]), [Decimal(row.given["权重"]) for row in example.rows])
    assert sum(amounts) == fen(settings["总额"])
    return [{"金额": yuan(amount)} for amount in amounts]


def pool(example, settings):
    done = {row.given["机构"]: Decimal(row.given["当量"]) for row in example.rows}
    quality = {row.given["机构"]: Decimal(row.given["质量"]) for row in example.rows}
    amounts = allocation.by_work(fen(settings["总额"]), done, quality)
    unit = allocation.unit_of_work(fen(settings["总额"]), done, quality) / 100
    assert sum(amounts.values()) == fen(settings["总额"])
    return [
        {
            "加权当量": f"{done[name] * quality[name]:.3f}",
            "单位当量金额": f"{Decimal(unit.numerator) / unit.denominator:.4f}",
            "金额": yuan(amounts[name]),
        }
        for name in done
    ]


def price(example, settings):
    return [
        {
            "金额": yuan(
                allocation.by_price(
                    Decimal(row.given["当量"]), fen(settings["单价"]), Decimal(row.given["质量"])
                )
            )
        }
        for row in example.rows
    ]


def listed(example, settings):
    found = []
    for row in example.rows:
        amount = allocation.by_price(
            Decimal(row.given["数量"]), fen(row.given["单价"]), Decimal(row.given["系数"])
        )
        town, village = allocation.town_and_village(amount, part(row.given["村级"]))
        found.append({"金额": yuan(amount), "村级金额": yuan(village), "乡级金额": yuan(town)})
    return found


def paid(example, settings):
    base = fen(settings["基数"])
    names = {"按得分百分比": ratios.PERCENT, "得分÷全额线": ratios.RELATIVE, "线性": ratios.LINEAR}
    return [
        {
            name: yuan(
                ratios.payment(base, ratios.ratio(Decimal(row.given["得分"]), ratios.Rule(mode))).due_fen
            )
            for name, mode in names.items()
        }
        for row in example.rows
    ]


def topped_up(example, settings):
    found = []
    for row in example.rows:
        made = ratios.top_up(total(settings), ratios.ratio(Decimal(row.given["得分"])))
        assert made.paid_fen + made.topup_fen == total(settings)
        found.append({"上级拨付": yuan(made.paid_fen), "本级补齐": yuan(made.topup_fen)})
    return found


def settled(example, settings):
    _, base = allocation.town_and_village(total(settings), part(settings["村级"]))
    first, second = ratios.prepayments(ratios.halves(base), part(settings["预拨"]))
    found = []
    for row in example.rows:
        ratio = ratios.ratio(Decimal(row.given["得分"]), veto=row.given["一票否决"] == "是")
        made = ratios.payment(base, ratio, first + second)
        assert made.due_fen + made.withheld_fen == base
        found.append(
            {
                "基数": yuan(base), "上半年预拨": yuan(first), "下半年预拨": yuan(second),
                "应拨": yuan(made.due_fen), "扣减": yuan(made.withheld_fen), "结算": yuan(made.final_fen),
            }
        )  # fmt: skip
    return found


def prepaid(example, settings):
    amounts = ratios.prepayments([fen(row.given["任务"]) for row in example.rows], part(settings["预拨"]))
    return [{"预拨": yuan(amount)} for amount in amounts]


def arrived(example, settings):
    return [
        {"达到": "是" if ratios.arrived_half(fen(row.given["到位"]), fen(settings["预算"])) else "否"}
        for row in example.rows
    ]


def scaled(example, settings):
    steps = [each.split("=") for each in settings["系数表"].split("，")]
    scale = [ratios.Step(Fraction(least), Fraction(value)) for least, value in steps]
    found = [ratios.coefficient(Decimal(row.given["得分"]), scale) for row in example.rows]
    return [{"系数": f"{float(each):g}"} for each in found]


WAYS = {
    "分担": matching, "乡村": levels, "分项": items, "混合": mixture, "分配": parts, "当量总额": pool, "当量单价": price,
    "定额": listed, "拨付": paid, "补齐": topped_up, "结算": settled, "预拨": prepaid, "到位": arrived, "系数": scaled,
}  # fmt: skip


def examples():
    folder = resources.files("gongwei.settlement").joinpath("examples")
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        for example in parse(path.read_text(encoding="utf-8"), path.name):
            yield pytest.param(example, id=f"{path.name}:{example.title}")


@pytest.mark.parametrize("example", list(examples()))
def test_example(example):
    found = WAYS[example.settings["算法"]](example, example.settings)
    assert len(found) == len(example.rows)
    for row, amounts in zip(example.rows, found, strict=True):
        assert row.expected, f"line {row.line} expects nothing"
        assert {name: amounts[name] for name in row.expected} == row.expected, f"line {row.line}"


def test_every_vector_is_an_example():
    titles = " ".join(each.values[0].title for each in examples())
    assert all(f"V{number}" in titles for number in range(1, 9))
    assert all(f"§{section}" in titles for section in (2, 3, 5, 6, 7))
