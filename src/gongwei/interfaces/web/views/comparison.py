"""历年比对: the check-ups of the years side by side."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.interfaces.web import pages
from gongwei.interfaces.web.presenters import comparison as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.records import latest_records

#: What the page compares until something else is chosen.
FIRST_FORM = "check_up"
MOST = 6


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def compare(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Columns are records (the latest six, newest at the left), rows are items; narrowed to what changed or is abnormal."""
    resident = files.opened(request, resident_id)
    filled = latest_records.filled_forms(resident_id)
    code = request.GET.get("form", "")
    if code not in filled:
        code = FIRST_FORM if FIRST_FORM in filled or not filled else latest_records.most_filled(resident_id)
    show = request.GET.get("show", "")
    if show not in presenter.SHOWN:
        show = "changed"
    records = latest_records.of_form(resident, code, MOST) if code in filled else []
    if len(records) < 2:
        show = "all"
    context = {
        "forms_filled": [(each, catalogue.form(each).title) for each in filled],
        "code": code,
        "form_title": catalogue.form(code).title,
        "show": show,
        "choices": presenter.SHOWN.items(),
        "columns": [{"on": each.done_on, "response": each.id} for each in reversed(records)],
        "sections": presenter.sections(resident, records, show),
        "span": len(records) + 1,
    }
    return render(request, "web/file/compare.html", {**files.frame(request, resident, "compare"), **context})
