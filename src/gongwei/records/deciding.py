"""Who judges a record that is saved on a page: the compiled judge of its form where this process has one ready, else
`judgement` itself. Both say the same (tests/integration/excel and tests/integration/records hold them equal).

Compiling a form takes longer than judging many records of it; the page server does it before its workers are forked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from gongwei.engines import row
from gongwei.records import bulk_judging, definitions, judgement

_ready: dict[str, bulk_judging.Judge] = {}


def make_ready(form_codes: Iterable[str]) -> None:
    """Compile the judges of some forms for this process and those forked from it."""
    for code in form_codes:
        _ready[code] = bulk_judging.of(code)


def judge(
    definition: definitions.Definition,
    *,
    id: UUID,
    values: Mapping[str, Any],
    done_on: date,
    entered_on: date,
    subject: row.Subject,
    claimed: Mapping[str, Any] | None = None,
) -> judgement.Judged:
    """See `judgement.judge`."""
    ready = _ready.get(definition.form.code)
    if ready is None or ready.definition is not definition:
        return judgement.judge(
            definition,
            id=id,
            values=values,
            done_on=done_on,
            entered_on=entered_on,
            subject=subject,
            claimed=claimed,
        )
    judged = ready.judge(id=id, values=values, done_on=done_on, entered_on=entered_on, subject=subject)
    if claimed and judged.outcome and claimed.get("row") not in (None, judged.outcome["row"]):
        return replace(judged, differs=True)
    return judged
