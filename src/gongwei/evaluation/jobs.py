"""Drawing at all institutions of a round: minutes where there are hundreds, so the job worker does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gongwei.base import clock, jobs, scope
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.evaluation import drawing, queries

TITLE = "评价抽样"


@jobs.job(name=TITLE, queue="measures")
def draw_all(progress: Progress, *, round_id: str) -> dict[str, Any]:
    """Draw the usual numbers at every institution that has not been sampled; begun again after a kill it goes on."""
    with scope.acting(progress.by):
        found = queries.round_of(progress.by, UUID(round_id))
        if found is None:
            raise Refused("没有这个评价轮次。", code="gone")
        drawn = set(queries.samples_of(progress.by, found))
        sheets = queries.sheet_list(progress.by, found).filter(practitioner=None)
        wanted = list(dict.fromkeys(sheets.values_list("organization", flat=True)))
    progress.start(len(wanted), "抽样")
    people = 0
    for organization_id in wanted:
        if organization_id not in drawn:
            with scope.acting(progress.by):
                made = drawing.draw(
                    by=progress.by, at=clock.now(), round_id=found.id, organization_id=organization_id
                )
                people += sum(each.people.count() for each in made)
        progress.step()
    return {"机构": len(wanted), "抽取人数": people}
