"""Which conditions mean the same, and what several of them have in common."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Sequence

from gongwei.engines import phone
from gongwei.language import nodes
from gongwei.language.expressions import Node, walk


def key(node: Node) -> str:
    """The same text for conditions of the same meaning, so that they are computed once."""
    found: str | None = vars(node).get("_columnar_key")
    if found is None:
        found = json.dumps(phone.to_json(node), ensure_ascii=False)
        vars(node)["_columnar_key"] = found  # nodes are frozen: what they mean cannot change
    return found


def reached(node: Node) -> Iterable[Node]:
    """All nodes inside, those of facts included."""
    for inner in walk(node):
        yield inner
        if isinstance(inner, nodes.FactValue):
            yield from reached(inner.fact.value)


def factored(parts: Sequence[Node], known: Container[str] = ()) -> list[Node]:
    """Conditions that hold together when these do, and are missing when these are.

    A form asks of a contact for each of its items: it did not take place, or there is an answer. What they have in common is
    taken out, so that it is looked at once: (a or b) and (a or c) is a or (b and c), whatever is missing. Parts whose key is
    known are columns already and stay as they are.
    """
    either = [part for part in parts if isinstance(part, nodes.Or) and key(part) not in known]
    asked = Counter(text for part in either for text in dict.fromkeys(map(key, part.parts)))
    common, times = next(iter(asked.most_common(1)), ("", 0))
    if times < 2:
        return list(parts)
    having = [part for part in either if common in map(key, part.parts)]
    found = next(each for each in having[0].parts if key(each) == common)
    others = [tuple(each for each in part.parts if key(each) != common) for part in having]
    if all(others):  # else one of them is what they have in common, and says it all
        inner = [each[0] if len(each) == 1 else nodes.Or(each) for each in others]
        found = nodes.Or((found, nodes.And(tuple(inner))))
    taken = set(map(id, having))
    return [found, *factored([part for part in parts if id(part) not in taken], known)]
