"""Field-level three-way merge (reliability.md §1.4): no edit is lost silently, never last write wins. Pure.

Base is what the clerk saw, theirs is what stands now, mine is what the clerk sends. Fields that only make sense
together (a document and the birth date it states) form a group and clash as one.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Clash:
    """One field changed on both sides to different values; theirs stands until somebody decides."""

    field: str
    base: Hashable
    theirs: Hashable
    mine: Hashable


@dataclass(frozen=True)
class Merged:
    """What to write (`changes`: field → new value, only where it differs from theirs) and what clashed."""

    changes: dict[str, Hashable]
    clashes: tuple[Clash, ...]


def merge(
    base: Mapping[str, Hashable],
    theirs: Mapping[str, Hashable],
    mine: Mapping[str, Hashable],
    groups: Sequence[frozenset[str]] = (),
) -> Merged:
    """Merge the fields of `mine` (those the clerk sends; absent means untouched) into `theirs`.

    A field clashes when both sides changed it and disagree. When both sides changed one group and the results
    disagree anywhere in it, every field of the group that the clerk changed clashes: half of each would be
    a third thing nobody typed.
    """
    touched = {name for name, value in mine.items() if value != base[name]}
    moved = {name for name, value in theirs.items() if value != base[name]}
    clashing = {name for name in touched & moved if mine[name] != theirs[name]}
    for group in groups:
        ours, others = touched & group, moved & group
        agrees = all(mine.get(name, base[name]) == theirs[name] for name in group)
        if ours and others and not agrees:
            clashing |= {name for name in ours if mine[name] != theirs[name]}
    changes = {name: mine[name] for name in touched - clashing if mine[name] != theirs[name]}
    clashes = tuple(Clash(name, base[name], theirs[name], mine[name]) for name in mine if name in clashing)
    return Merged(changes, clashes)
