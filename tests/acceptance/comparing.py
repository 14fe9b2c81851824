"""Two answers held against each other; what differs is said so that a person can decide who is right."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20


@dataclass
class Compared:
    """What was compared and what differed."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def mappings(self, what: str, naive: Mapping[Any, Any], system: Mapping[Any, Any]) -> None:
        """Every key on both sides must say the same."""
        for key in sorted({*naive, *system}, key=str):
            self.counts[what] += 1
            mine, theirs = naive.get(key, "(nothing)"), system.get(key, "(nothing)")
            if mine != theirs:
                self.differences.append(
                    f"{what} {key}\n    naive:  {_shown(mine)}\n    system: {_shown(theirs)}"
                )

    def told(self, what: str) -> None:
        """Say what was compared, for the closing note (shown by `pytest -s`)."""
        kinds: Counter[str] = Counter()
        for name, number in self.counts.items():
            kinds[name.split("/")[-1].split(".")[0]] += number
        sys.stderr.write(f"{what}: {dict(kinds)}\n")

    def settle(self) -> None:
        """Nothing differs, or the first of it in a readable way."""
        if self.differences:
            kinds = Counter(each.split(" ", 1)[0] for each in self.differences)
            told = "\n".join(self.differences[:SHOWN])
            raise AssertionError(
                f"{len(self.differences)} differences of {sum(self.counts.values()) - self.counts['fen']} ({dict(kinds)}):\n{told}"
            )


def _shown(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_shown, value)) + ")"
    return str(value)
