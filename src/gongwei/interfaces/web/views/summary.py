"""概况: the first page of a file, one look: what is due, open referrals, last values, problems, drugs, allergies."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock
from gongwei.interfaces.web import pages
from gongwei.interfaces.web.presenters import file as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.records import key_values, latest_records, medications, observations, referral_list
from gongwei.records import queries as records
from gongwei.tasks import queries as tasks

LATEST_MOMENTS = 5
#: Ended referrals shown beneath the open ones.
MOST_CLOSED = 3


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def summary(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """The whole person on one page."""
    resident = files.opened(request, resident_id)
    today = clock.today()
    filled = latest_records.filled_forms(resident_id)
    known = latest_records.latest(resident, [code for code in _forms_read() if code in filled])
    referrals = presenter.referrals(referral_list.of_resident(resident_id), on=today)
    moments = records.timeline(request.actor, resident_id, None, LATEST_MOMENTS)
    context: dict[str, Any] = {
        **presenter.parts(known),
        "asked_allergies": any(
            name.startswith("drug_allerg") for each in known.values() for name in each.answers
        ),
        "abnormal": presenter.abnormal(
            (record, key_values.abnormal_of(resident, record)) for record in known.values()
        ),
        "drugs": presenter.drugs(medications.of(resident, filled), on=today),
        "values": presenter.last_values(observations.latest(observations.of(resident, filled))),
        "episodes": presenter.episodes(records.episodes_of([resident_id]).get(resident_id, [])),
        "due": tasks.due_of(request.actor, resident_id),
        "open_referrals": [each for each in referrals if each["unsettled"]],
        "closed_referrals": [each for each in referrals if not each["unsettled"]][:MOST_CLOSED],
        "moments": files.with_key_values(resident, moments),
    }
    return render(request, "web/file/summary.html", {**files.frame(request, resident, "summary"), **context})


def _forms_read() -> list[str]:
    """The forms whose latest record is read: those with history and problems, and those that measure."""
    return list(dict.fromkeys([*presenter.forms_of_parts(), *observations.forms_asking()]))
