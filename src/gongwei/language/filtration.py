"""估算肾小球滤过率 (eGFR, mL/min/1.73m²) from 血清肌酐 by the CKD-EPI equations without a race term.

A power is not among the nodes of conditions (docs/decisions/0002), so curves ask `egfr`, and a condition such as "eGFR < 60"
asks whether the creatinine is above the one that gives 60 at that age and sex: `creatinine_at`, which is the same question,
because eGFR falls as creatinine rises. Levey 2009 (CKD-EPI 2009), Inker 2021 (CKD-EPI 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: μmol/L of creatinine in one mg/dL.
MICROMOL = Decimal("88.4")


@dataclass(frozen=True)
class Equation:
    """eGFR = scale × min(c, 1)^alpha × max(c, 1)^beta × per_year^age (× woman), where c is mg/dL over kappa."""

    scale: Decimal
    alpha_man: Decimal
    alpha_woman: Decimal
    beta: Decimal
    per_year: Decimal
    woman: Decimal


EQUATIONS = {
    "ckd_epi_2009": Equation(
        *(Decimal(each) for each in ("141", "-0.411", "-0.329", "-1.209", "0.993", "1.018"))
    ),
    "ckd_epi_2021": Equation(
        *(Decimal(each) for each in ("142", "-0.302", "-0.241", "-1.200", "0.9938", "1.012"))
    ),
}


def _kappa(male: bool) -> Decimal:
    return Decimal("0.9") if male else Decimal("0.7")


def _at_kappa(age: int, male: bool, equation: Equation) -> Decimal:
    """eGFR at a creatinine of kappa, where both powers are one."""
    value = equation.scale * equation.per_year**age
    return value if male else value * equation.woman


def egfr(creatinine: Decimal | int, age: int, male: bool, equation: str = "ckd_epi_2009") -> Decimal | None:
    """eGFR of an adult, rounded half up to one decimal; None under 18, where these equations do not hold.

    Args:
        creatinine: μmol/L. age: completed years on the day of the test.
        equation: a key of EQUATIONS, the value of the parameter `exam.egfr_equation`.
    """
    if age < 18 or creatinine <= 0:
        return None
    chosen = EQUATIONS[equation]
    ratio = Decimal(creatinine) / MICROMOL / _kappa(male)
    alpha = chosen.alpha_man if male else chosen.alpha_woman
    power = chosen.beta if ratio > 1 else alpha
    value = _at_kappa(age, male, chosen) * (power * ratio.ln()).exp()
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def creatinine_at(limit: Decimal | int, age: int, male: bool, equation: str = "ckd_epi_2009") -> Decimal:
    """The creatinine (μmol/L, one decimal, rounded down) above which eGFR is under the limit at that age."""
    chosen = EQUATIONS[equation]
    over = Decimal(limit) / _at_kappa(age, male, chosen)
    alpha = chosen.alpha_man if male else chosen.alpha_woman
    power = chosen.beta if over < 1 else alpha
    found = _kappa(male) * MICROMOL * (over.ln() / power).exp()
    return found.quantize(Decimal("0.1"), rounding="ROUND_FLOOR")
