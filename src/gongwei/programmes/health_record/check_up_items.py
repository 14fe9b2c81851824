"""How a measured item of 健康体检表 is written in one line (physical_exam.md §2.3, §2.7): label, unit, hard range, soft range, LOINC."""

from decimal import Decimal

from gongwei.language import LOINC, Quantity

Limit = int | str
Limits = tuple[Limit, Limit]


def measured(
    label: str,
    unit: str,
    hard: Limits,
    soft: Limits,
    loinc: str,
    *,
    decimals: int = 0,
    required: bool = False,
) -> Quantity:
    """A quantity with its ranges; a limit that is no whole number is written as text."""
    return Quantity(
        label,
        unit=unit,
        decimals=decimals,
        between=(_limit(hard[0]), _limit(hard[1])),
        expected=(_limit(soft[0]), _limit(soft[1])),
        required=required,
        code=LOINC(loinc),
    )


def _limit(limit: Limit) -> int | Decimal:
    return Decimal(limit) if isinstance(limit, str) else limit
