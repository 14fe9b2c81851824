"""The tree a scheme scores by: parts (一级), sections (二级) and items (三级), with their points. Pure: plain values in, plain out.

    tree = read({"total": "100", "parts": [{"code": "A", "title": "组织管理", "points": "10", "children": [...]}]})
    faults(tree)    # what is wrong with it, each fault naming its branch

Points of children must add up to the points of what they stand under, the parts to the total (evaluation_and_funds §10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

RATIO, BANDS, DEDUCT, YES_NO = "ratio_to_target", "bands", "deduct", "yes_no"
PER_N, RANK, VETO, BONUS, MANUAL = "per_n", "rank", "veto", "bonus", "manual"
METHODS = {
    RATIO: "按目标比例",
    BANDS: "分段",
    DEDUCT: "扣分",
    YES_NO: "是否",
    PER_N: "每差扣分",
    RANK: "按名次",
    VETO: "一票否决",
    BONUS: "加分",
    MANUAL: "人工评分",
}
#: Methods that turn the value of a measure into points; only these may name a measure.
OF_A_VALUE = (RATIO, BANDS, PER_N, RANK)

#: What becomes of the points of an item no population answers to.
WITHIN, FULL, NONE = "within", "full", "none"
SPREADS = {WITHIN: "分摊到同一二级指标", FULL: "按满分计", NONE: "不计分"}

MEAN, WEIGHTS, MIX = "mean", "weights", "mix"
ANNUAL = {MEAN: "各轮平均", WEIGHTS: "各轮加权", MIX: "日常与阶段加权"}


@dataclass(frozen=True, slots=True)
class Item:
    """A 三级指标: its full points, how they are earned, and where its value comes from (a measure, or people).

    settings by method (numbers as text): `target` and `op` of a ratio; `bands` [[at least, points] ...]; `units`
    {fault: points off} and `allow_negative` of a deduction; `step`, `minus`, `most`, `begun` of 每差扣分; `places`
    [[up to place, points] ...]; `per` and `most` of a bonus.
    """

    code: str
    title: str
    points: Decimal
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    measure: str = ""
    period: str = ""
    criteria: str = ""
    evidence: str = ""
    mark: str = ""

    @property
    def is_system(self) -> bool:
        """Whether its value comes from a frozen measure report."""
        return bool(self.measure)


@dataclass(frozen=True, slots=True)
class Branch:
    """A part (一级) or a section (二级) with what stands under it."""

    code: str
    title: str
    points: Decimal
    children: tuple[Branch | Item, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole: full points, parts, what becomes of items that do not apply, and how rounds make a year.

    over_total: bonus points may lift a sum above the full points. annual: {"kind": "mean"}, {"kind": "weights", "weights":
    {"1": "20" ...}} or {"kind": "mix", "daily": "30", "stage": "70"}.
    """

    total: Decimal
    parts: tuple[Branch, ...]
    spread: str = WITHIN
    over_total: bool = False
    annual: Mapping[str, Any] = field(default_factory=lambda: {"kind": MEAN})

    def items(self) -> Iterator[Item]:
        """All items, in the order of the tree."""
        for _, _, item in self.rows():
            yield item

    def rows(self) -> Iterator[tuple[Branch, Branch, Item]]:
        """All items with their part and section, in the order of the tree."""
        for part in self.parts:
            for section in part.children:
                for item in getattr(section, "children", ()):
                    if isinstance(section, Branch) and isinstance(item, Item):
                        yield part, section, item

    def item(self, code: str) -> Item:
        """One item. Raises KeyError."""
        for each in self.items():
            if each.code == code:
                return each
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in words, and with which branch or item (empty: the whole)."""

    where: str
    message: str


def read(plain: Mapping[str, Any]) -> Tree:
    """A tree from plain values (JSON or YAML). What is wrong with it says `faults`.

    Raises:
        ValueError: a number that is none, a key nobody knows.
    """
    _known(plain, "total", "parts", "spread", "over_total", "annual")
    return Tree(
        total=number(plain["total"], "总分"),
        parts=tuple(_branch(each, depth=1) for each in plain["parts"]),
        spread=plain.get("spread", WITHIN),
        over_total=bool(plain.get("over_total", False)),
        annual=dict(plain.get("annual") or {"kind": MEAN}),
    )


def plain(tree: Tree) -> dict[str, Any]:
    """The tree as plain values that `read` reads back: what is stored and digested."""
    return {
        "total": f"{tree.total:f}",
        "spread": tree.spread,
        "over_total": tree.over_total,
        "annual": dict(tree.annual),
        "parts": [_plain(each) for each in tree.parts],
    }


def number(value: Any, name: str) -> Decimal:
    """A number written as text or whole. Raises ValueError: a float, or no number at all."""
    if isinstance(value, float | bool):
        raise ValueError(f"{name}：请把{value}写成文本")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{name}：{value}不是数") from None
    if not found.is_finite():
        raise ValueError(f"{name}：{value}不是数")
    return found


def faults(tree: Tree) -> list[Fault]:
    """Everything that keeps a tree from being used, each with the branch it concerns."""
    found = list(_sums(tree))
    codes: set[str] = set()
    for branch in _branches(tree.parts):
        if not branch.title.strip():
            found.append(Fault(branch.code, f"指标“{branch.code}”没有名称。"))
    for node in [*_branches(tree.parts), *tree.items()]:
        if not node.code.strip():
            found.append(Fault("", f"“{node.title}”没有代码。"))
        elif node.code in codes:
            found.append(Fault(node.code, f"代码“{node.code}”出现了两次。"))
        codes.add(node.code)
    for item in tree.items():
        found += [Fault(item.code, f"“{item.title}”：{message}") for message in _item_faults(item)]
    if tree.spread not in SPREADS:
        found.append(Fault("", "请选择不涉及的指标如何处理。"))
    return [*found, *(Fault("", message) for message in annual_faults(tree.annual))]


def annual_faults(rule: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the way rounds make a year."""
    kind = rule.get("kind")
    if kind not in ANNUAL:
        yield "请选择年度得分的算法。"
        return
    shares = {
        MEAN: (),
        WEIGHTS: tuple(rule.get("weights", {}).values()),
        MIX: (rule.get("daily", "0"), rule.get("stage", "0")),
    }[kind]
    try:
        numbers = [number(each, "年度权重") for each in shares]
    except ValueError as error:
        yield str(error)
        return
    if kind != MEAN and (any(each < 0 for each in numbers) or sum(numbers) != 100):
        yield f"年度得分的权重合计为{sum(numbers):f}％，应为100％。"


def _sums(tree: Tree) -> Iterator[Fault]:
    if not tree.parts:
        yield Fault("", "方案还没有指标。")
    total = sum((each.points for each in tree.parts), Decimal(0))
    if tree.parts and total != tree.total:
        yield Fault("", f"一级指标分值合计{total:f}分，应为{tree.total:f}分。")
    for branch in _branches(tree.parts):
        below = sum((each.points for each in branch.children), Decimal(0))
        if not branch.children:
            yield Fault(branch.code, f"“{branch.title}”下没有指标。")
        elif below != branch.points:
            yield Fault(branch.code, f"“{branch.title}”下各项分值合计{below:f}分，应为{branch.points:f}分。")


def _item_faults(item: Item) -> Iterator[str]:
    said = item.settings
    if not item.title.strip():
        yield "没有名称。"
    if item.method not in METHODS:
        yield f"没有“{item.method}”这种评分方法。"
        return
    if item.points < 0:
        yield "分值不能为负。"
    if item.method in (BONUS, VETO) and item.points != 0:
        yield f"{METHODS[item.method]}项不占分值，分值应为0。"
    lowers = item.method in (DEDUCT, PER_N) and said.get("allow_negative")
    if item.points == 0 and item.method not in (BONUS, VETO) and not lowers:
        yield "分值应大于0。"
    if item.measure and item.method not in OF_A_VALUE:
        yield f"{METHODS[item.method]}不能取自统计指标。"
    try:
        yield from _setting_faults(item, said)
    except (KeyError, TypeError):
        yield f"{METHODS[item.method]}的计分参数不全。"
    except ValueError as error:
        yield f"{error}。"


def _setting_faults(item: Item, said: Mapping[str, Any]) -> Iterator[str]:
    match item.method:
        case "ratio_to_target":
            if said.get("op", ">=") not in (">=", ">", "<=", "="):
                yield "目标的比较应为≥、＞、＝或≤。"
            if "target" in said and number(said["target"], "目标") <= 0:
                yield "目标应大于0。"
        case "bands":
            yield from _steps(said["bands"], item.points, falling=True)
        case "rank":
            yield from _steps(said["places"], item.points, falling=False)
        case "deduct":
            if not said["units"] or any(number(each, "扣分") <= 0 for each in said["units"].values()):
                yield "请写明每处扣几分。"
        case "per_n":
            if any(number(said[name], name) <= 0 for name in ("step", "minus", "most")):
                yield "每差多少、扣几分、最多扣几分应大于0。"
        case "bonus":
            if any(number(said[name], name) <= 0 for name in ("per", "most")):
                yield "每项加几分、最多加几分应大于0。"


def _steps(rows: Sequence[Sequence[Any]], most: Decimal, *, falling: bool) -> Iterator[str]:
    limits = [number(limit, "分段") for limit, _ in rows]
    points = [number(each, "分段得分") for _, each in rows]
    if not rows:
        yield "请写明各段得几分。"
    if limits != sorted(set(limits), reverse=falling):
        yield f"各段应从{'高到低' if falling else '前到后'}排列，且不重复。"
    if any(each > most for each in points):
        yield f"各段得分不能超过分值{most:f}分。"


def _branches(nodes: Sequence[Branch | Item]) -> Iterator[Branch]:
    for node in nodes:
        if isinstance(node, Branch):
            yield node
            yield from _branches(node.children)


def _branch(plain: Mapping[str, Any], *, depth: int) -> Branch:
    _known(plain, "code", "title", "points", "children", "mark")
    below = plain.get("children") or ()
    return Branch(
        str(plain["code"]),
        str(plain["title"]),
        number(plain["points"], str(plain["title"])),
        tuple(_branch(each, depth=2) if depth == 1 else _item(each) for each in below),
        plain.get("mark", ""),
    )


def _item(plain: Mapping[str, Any]) -> Item:
    _known(
        plain,
        "code",
        "title",
        "points",
        "method",
        "settings",
        "measure",
        "period",
        "criteria",
        "evidence",
        "mark",
    )
    words = {
        name: str(plain.get(name) or "") for name in ("measure", "period", "criteria", "evidence", "mark")
    }
    return Item(
        str(plain["code"]),
        str(plain["title"]),
        number(plain["points"], str(plain["title"])),
        str(plain["method"]),
        dict(plain.get("settings") or {}),
        **words,
    )


def _known(plain: Mapping[str, Any], *names: str) -> None:
    if unknown := set(plain) - set(names):
        raise ValueError(f"不认识{'、'.join(sorted(unknown))}")


def _plain(node: Branch | Item) -> dict[str, Any]:
    own: dict[str, Any] = {"code": node.code, "title": node.title, "points": f"{node.points:f}"}
    if isinstance(node, Branch):
        own["children"] = [_plain(each) for each in node.children]
    else:
        own |= {"method": node.method, "settings": dict(node.settings)}
        own |= {
            name: getattr(node, name)
            for name in ("measure", "period", "criteria", "evidence")
            if getattr(node, name)
        }
    return own | ({"mark": node.mark} if node.mark else {})
