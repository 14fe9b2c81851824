"""What a settlement is made of and what it gives, as plain values: institutions, work, scores; lines, results, staff. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from gongwei.settlement import allocation, ratios

if TYPE_CHECKING:
    from gongwei.settlement.schemes import Scheme

TOWN, VILLAGE = "town", "village"


class Unbalanced(Exception):
    """Parts that are not the whole: a run that has this is never kept."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An institution: its level, the centre it belongs to (itself for a centre), the residents it looks after."""

    id: UUID
    level: str
    town: UUID
    persons: int


@dataclass(frozen=True, slots=True)
class Work:
    """Counted services of one practitioner: how many records, and their quantity with late entry and remoteness weighed in."""

    unit: UUID
    practitioner: UUID | None
    service: str
    records: int
    quantity: Fraction


@dataclass(frozen=True, slots=True)
class Judged:
    """What an institution was judged: points (never rounded), and whether a decided fraud vetoes its year. of: whose points they
    are where another took the institution over."""

    points: Fraction | None
    veto: bool = False
    of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Money of one service: by whom it was done (origin), who gets it (unit), count → price → coefficient → share → amount.

    weight: equivalents of one; unit_fen: the price where there is one; equivalents: what the line weighs where a whole is divided.
    """

    unit: UUID
    origin: UUID
    practitioner: UUID | None
    service: str
    records: int
    quantity: Fraction
    weight: Fraction
    unit_fen: Fraction | None
    coefficient: Fraction
    share: Fraction
    equivalents: Fraction
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What one institution gets. points_of: whose score it was judged by; topup_fen: owed to it by the local treasury."""

    unit: Unit
    points: Fraction | None
    points_of: UUID | None
    veto: bool
    coefficient: Fraction
    ratio: Fraction
    equivalents: Fraction
    payment: ratios.Payment
    reward_fen: int = 0
    topup_fen: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
    """What of an institution's due falls to one practitioner (None: to the institution) by the money of their lines, weighed by
    their own score where the scheme says so."""

    unit: UUID
    practitioner: UUID | None
    equivalents: Fraction
    base_fen: int
    due_fen: int
    coefficient: Fraction = Fraction(1)


@dataclass(frozen=True)
class Outcome:
    """Everything a settlement gives, and the check of the village share. total_fen: what was divided, or what prices came to."""

    total_fen: int
    lines: tuple[Line, ...]
    results: Mapping[UUID, Result]
    staff: tuple[Staff, ...]
    village: allocation.VillageCheck
    unrewarded_fen: int

    def summed(self, name: str) -> int:
        """A column of the institutions' payments added up."""
        return sum(getattr(each.payment, name) for each in self.results.values())


@dataclass(frozen=True)
class Case:
    """What is to be settled. total_fen: the pot to be divided (None where prices decide); bases: given bases of institutions
    (an approved allocation by residents), None to work them out; prepaid: what each was paid already."""

    scheme: Scheme
    units: Mapping[UUID, Unit]
    works: Sequence[Work]
    total_fen: int | None
    scores: Mapping[UUID, Judged]
    prepaid: Mapping[UUID, int]
    bases: Mapping[UUID, int] | None = None
    #: Scores of practitioners at an institution, where the scheme weighs shares inside it by them.
    staff_scores: Mapping[tuple[UUID, UUID | None], Fraction] = field(default_factory=dict)
