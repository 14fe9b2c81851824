"""居民档案: the list, the search box, the export."""

import tempfile

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, jobs, problems
from gongwei.interfaces.web import jobs as list_jobs
from gongwei.interfaces.web import pages, query_bar
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.residents import codes, states
from gongwei.residents import queries as residents_queries
from gongwei.residents.queries import lists


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def residents(request: HttpRequest) -> HttpResponse:
    """The list of residents: organizations at the left, query bar, coloured tags, pages by cursor or number."""
    bar = query_bar.read(request)
    after, number = request.GET.get("after"), request.GET.get("page", "")
    try:
        page = residents_queries.page(
            request.actor,
            bar.filters,
            bar.sort,
            after=after or None,
            number=int(number)
            if number.isascii() and number.isdigit() and 0 < int(number) < 1_000_000
            else None,
            size=bar.size,
        )
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect("residents")
    today = clock.today()
    liked = query_bar.liking(request)
    context = {
        "rows": [presenter.line(row, on=today, found=page.tags.get(row.id, ())) for row in page.rows],
        "page": page,
        "last_page": max(1, -(-page.count.value // bar.size)),
        "bar": bar,
        "tree": places_presenter.organization_tree(
            places.organizations(request.actor), bar.organization.id if bar.organization else None
        ),
        "tag_choices": codes.table("key_population").choices(),
        "status_choices": [(state.code, state.title) for state in states.STATES.values()],
        "columns": [(name, title) for name, title in query_bar.COLUMNS.items() if name in liked.columns],
        "all_columns": query_bar.COLUMNS.items(),
        "liked": liked,
        "sorts": query_bar.SORTS.items(),
        "sizes": query_bar.SIZES,
        "most_exported": list_jobs.MOST_EXPORTED,
        "may_export": policy.may(request.actor, policy.EXPORT),
        "may_assign": policy.may(request.actor, policy.DOCTOR_ASSIGN),
        "may_register": policy.may(request.actor, policy.RESIDENT_REGISTER),
        "asked": bool(bar.personal) or bool(query_bar.without_personal(request.GET.urlencode())),
    }
    return render(request, "web/residents.html", context)


@pages.page(action=policy.RESIDENT_VIEW, methods=("POST",))
def find(request: HttpRequest) -> HttpResponse:
    """Take the query bar; names and numbers go into the session, the rest into the address."""
    return redirect(f"{reverse('residents')}?{query_bar.address(request)}")


@pages.page(action=policy.RESIDENT_VIEW, methods=("POST",))
def liking(request: HttpRequest) -> HttpResponse:
    """Choose columns; save or drop a filter."""
    liked, what = query_bar.liking(request), request.POST.get("what")
    if what == "columns":
        chosen = tuple(name for name in query_bar.COLUMNS if name in request.POST.getlist("column"))
        liked.columns = chosen or query_bar.FIRST_COLUMNS
    elif what == "save":
        name = request.POST.get("title", "").strip()[:20]
        query = query_bar.without_personal(request.POST.get("query", ""))
        if name and query:
            liked.saved = [*(each for each in liked.saved if each[0] != name), (name, query)][
                -query_bar.MOST_SAVED :
            ]
            messages.success(request, f"已保存查询“{name}”。姓名和证件号码不随查询保存。")
        else:
            messages.error(request, "请先设定查询条件，再起一个名称保存。姓名和证件号码不能保存为常用查询。")
    elif what == "drop":
        liked.saved = [each for each in liked.saved if each[0] != request.POST.get("title")]
    query_bar.remember(request, liked)
    return redirect(pages.local(request.POST.get("back")))


@never_cache
@pages.page(action=policy.RESIDENT_VIEW, methods=("GET", "POST"))
def search(request: HttpRequest) -> HttpResponse:
    """The one search box: whatever was typed, with the reason of each hit. Posted, so that nothing stands in an address."""
    text = request.POST.get("q", "").strip()[:60]
    fragment = pages.is_fragment(request)
    hits = residents_queries.search(request.actor, text, limit=10 if fragment else 50) if text else []
    today = clock.today()
    context = {"hits": [presenter.hit(one, on=today) for one in hits], "text": text, "fragment": fragment}
    return render(request, "web/parts/hits.html" if fragment else "web/search.html", context)


@pages.page(action=policy.EXPORT, methods=("POST",))
def export(request: HttpRequest) -> HttpResponse:
    """The present query as a workbook, numbers masked; a long one is made by the job worker."""
    policy.require(request.actor, policy.RESIDENT_VIEW)
    bar = query_bar.read(request)
    if list_jobs.may_be_packed(bar.filters):
        wanted = lists.filtered(request.actor, bar.filters, on=clock.today())
        if wanted.order_by()[list_jobs.AT_ONCE : list_jobs.AT_ONCE + 1].exists():
            run = jobs.enqueue(
                list_jobs.export_residents,
                by=request.actor,
                filters=list_jobs.packed(bar.filters),
                sort=bar.sort,
            )
            messages.info(request, "行数较多，正在后台导出，完成后在本页下载。")
            return redirect("job", run.id)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    list_jobs.write_residents(request.actor, file, bar.filters, bar.sort)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=list_jobs.file_name())
