"""Whether the creatinine of an exam means an eGFR under 60 mL/min/1.73m² (physical_exam.md §3, 肾功能异常).

The language has no powers, so the creatinine that gives 60 is worked out for each age and sex when the module is imported.
"""

from gongwei.language import AGE, MALE, SEX, TEXT, Parameter, case
from gongwei.language.expressions import Node, as_node
from gongwei.language.filtration import EQUATIONS, creatinine_at
from gongwei.programmes.health_record.forms import CheckUp

LIMIT = 60  # KDIGO: under 60 for three months is chronic kidney disease
FIRST_AGE, LAST_AGE, STEP = 18, 110, 10


def _threshold(equation: str, male: bool) -> Node:
    """The creatinine that gives the limit, by completed years; in steps of ten years, so that few are asked."""
    decades = []
    for start in range(FIRST_AGE, LAST_AGE + 1, STEP):
        ages = range(start, min(start + STEP, LAST_AGE + 1))
        single = case(
            *((AGE <= age, creatinine_at(LIMIT, age, male, equation)) for age in ages),
        )
        decades.append((AGE <= ages[-1], single))
    return as_node(case((AGE < FIRST_AGE, as_node(10**6)), *decades))


_chosen = Parameter("exam.egfr_equation", TEXT)
limit_of_creatinine = case(
    *(
        (
            _chosen == equation,
            case((SEX == MALE, _threshold(equation, True)), otherwise=_threshold(equation, False)),
        )
        for equation in EQUATIONS
    )
)
low_filtration = CheckUp.creatinine > limit_of_creatinine
