"""曲线: blood pressure, glucose, weight, waist, kidneys, lipids over the years, from every form that measures them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.interfaces.web import pages
from gongwei.interfaces.web.presenters import curves as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.records import latest_records, medications, observations, referral_list


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def curves(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """All charts with goals, changes of drugs and referrals; each value opens its record; the table says the same."""
    resident = files.opened(request, resident_id)
    filled = latest_records.filled_forms(resident_id)
    changed = [
        change for said in medications.of(resident, filled).values() for change in medications.changes(said)
    ]
    marked = presenter.marks(changed, referral_list.of_resident(resident_id))
    context = {
        "charts": presenter.charts(resident, observations.of(resident, filled), marked),
        "marks": list(reversed(marked)),
    }
    return render(request, "web/file/curves.html", {**files.frame(request, resident, "curves"), **context})
