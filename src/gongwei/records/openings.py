"""Reads for a page on which forms are about to be filled: the resident, what was true last time, what rules look back to.

One line in the access log for the whole page, however many forms stand on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from gongwei.base import audit, prepared
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.engines import row
from gongwei.places import policy
from gongwei.records import columns, definitions, judgement, measured_elsewhere
from gongwei.records.models import Episode
from gongwei.residents.models import Resident

#: Earlier records of a form a page is given. The server looks at all of them when it saves.
LOOKED_BACK = 8


@dataclass(frozen=True)
class Opening:
    """What a page needs to offer forms for filling. `history` by form code, newest first; `elsewhere`: what other forms
    measured of the same."""

    resident: Resident
    attributes: dict[str, Any]
    episodes: tuple[row.EpisodeSpan, ...]
    history: dict[str, list[row.Record]]
    elsewhere: dict[measured_elsewhere.Key, list[measured_elsewhere.Value]]


def opening(actor: Actor, resident_id: UUID, form_codes: Sequence[str]) -> Opening:
    """The resident and the latest records in force of these forms; the look is written down once.

    Raises:
        Refused: no such resident within reach, or no such form.
        policy.Forbidden: the actor may not write about the resident.
    """
    resident = _resident.first(id=resident_id)
    if resident is None or not policy.may(actor, policy.RESIDENT_VIEW, area_key=resident.area_id):
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    policy.require(actor, policy.RECORD_WRITE, area_key=resident.area_id)
    audit.record(
        by=actor,
        action="view",
        subject_kind="resident",
        subject_id=resident.pk,
        area_key=resident.area_id,
        detail={"what": "serve", "forms": list(form_codes)},
    )
    spans = _spans.rows(resident=resident.pk)
    return Opening(
        resident,
        judgement.attributes(resident),
        tuple(row.EpisodeSpan(*span) for span in spans),
        {code: _latest(resident.pk, code) for code in form_codes},
        measured_elsewhere.latest(resident.pk, form_codes) if form_codes else {},
    )


_resident = prepared.Query(
    lambda id: Resident.objects.select_related("area", "managing_organization", "responsible_doctor").filter(
        pk=id
    ),
    id=UUID,
)
_spans = prepared.Query(
    lambda resident: Episode.objects.filter(
        resident=resident, state__in=[Episode.State.ACTIVE, Episode.State.ENDED]
    ).values_list("kind", "started_on", "ended_on"),
    resident=UUID,
)


@cache
def _newest(form_code: str) -> prepared.Query[Any]:
    model = columns.model_for(form_code)
    wanted = judgement.asked_of(definitions.of(form_code).form)
    return prepared.Query(
        lambda resident: (
            model.objects.filter(resident=resident, live=True)
            .order_by("-done_on", "-response_id")
            .values_list(*wanted)[:LOOKED_BACK]
        ),
        resident=UUID,
    )


def _latest(resident_id: UUID, form_code: str) -> list[row.Record]:
    form = definitions.of(form_code).form
    return [judgement.record_of(form, each) for each in _newest(form_code).rows(resident=resident_id)]
