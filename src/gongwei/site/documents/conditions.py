"""Conditions in Chinese words: what a definition says, for readers who do not read Python.

`words` gives one sentence, `outline` a nested list where one sentence would be too long to follow.
"""

from decimal import Decimal

from gongwei.language import nodes
from gongwei.language.expressions import Expression, as_node
from gongwei.language.types import TRUTH
from gongwei.site.documents import period_phrases, phrases

#: A condition longer than this is written as a list.
LONG = 48
#: Every node has its words only once the period's own are registered too.
phrase = period_phrases.phrase


def words(condition: Expression | Decimal | int, names: phrases.Names) -> str:
    """A condition or value as one Chinese sentence without a full stop."""
    return phrase(as_node(condition), names).text


def outline(condition: Expression, names: phrases.Names, depth: int = 0) -> list[str]:
    """A condition as lines of a nested Markdown list; a short one as one line."""
    node, indent = condition.node, "  " * depth + "- "
    text = phrase(node, names).text
    if len(text) <= LONG:
        return [indent + text]
    if isinstance(node, nodes.And | nodes.Or):
        head = "以下各项都成立：" if isinstance(node, nodes.And) else "以下任何一项成立："
        parts = node.parts if isinstance(node, nodes.And) else phrases.alternatives(node)
        if len(parts) == 1:
            return [indent + text]
        return [indent + head, *(line for part in parts for line in outline(part, names, depth + 1))]
    if isinstance(node, nodes.Not) and isinstance(node.value, nodes.And | nodes.Or | nodes.Case):
        return [indent + "以下不成立：", *outline(node.value, names, depth + 1)]
    if isinstance(node, nodes.Case) and node.type == TRUTH:
        lines = [indent + "按情况："]
        for when, value in node.whens:
            lines += [f"  {indent}{words(when, names)}时：", *outline(value, names, depth + 2)]
        return [*lines, f"  {indent}其他情况：{words(node.otherwise, names)}"]
    if isinstance(node, nodes.Previous) and node.type == TRUTH:
        return [indent + phrases.previous_record(node, names) + "：", *outline(node.value, names, depth + 1)]
    return [indent + text]
