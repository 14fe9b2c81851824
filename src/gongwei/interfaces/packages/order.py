"""In what order the sheets of a package are taken, whatever order their files come in."""

from collections.abc import Callable
from typing import Any

from gongwei.interfaces.excel import layouts
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.parsing import Line

#: What the others lean on: each is one piece of work, rehearsed as a whole.
STRUCTURE = (layouts.AREAS, layouts.ORGANIZATIONS, layouts.PRACTITIONERS)
#: What leans on residents and is written before the forms.
ATTACHED = (layouts.HOUSEHOLDS, layouts.EPISODES)
NOT_FORMS = (*STRUCTURE, layouts.RESIDENTS, *ATTACHED)
_HOUSEHOLD = "=number"


def place(code: str) -> int:
    """Where a kind stands in the order of writing; what nobody could tell comes last."""
    codes = [each for each, _ in layouts.every()]
    return codes.index(code) if code in codes else len(codes)


def title(code: str) -> str:
    """The Chinese title of a kind."""
    return dict(layouts.every()).get(code, "未识别")


def together(code: str, plan: Plan) -> Callable[[Line], Any] | None:
    """What neighbouring rows must share to stay in one portion: those of one family."""
    if code != layouts.HOUSEHOLDS or _HOUSEHOLD not in plan.columns:
        return None
    column = plan.columns.index(_HOUSEHOLD)
    return lambda line: line.cells[column] if column < len(line.cells) else None
