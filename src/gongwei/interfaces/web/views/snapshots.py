"""数据快照: what there is, one written now, one kept for ever."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, jobs, problems
from gongwei.interfaces.web import lists, pages
from gongwei.interfaces.web.presenters import snapshots as presenter
from gongwei.places import policy
from gongwei.snapshots import jobs as snapshot_jobs
from gongwei.snapshots import parameters, pinning, queries


@never_cache
@pages.page(action=policy.SNAPSHOT, methods=("GET", "POST"))
def snapshots(request: HttpRequest) -> HttpResponse:
    """The snapshots, the latest first; here one is asked for, pinned and unpinned."""
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _act(request))
        except problems.Refused as refused:
            messages.error(request, refused.message)
            return redirect("snapshots")
    page = lists.numbered(request, queries.listed(), size=30)
    rows = [presenter.snapshot(each) for each in page.rows]
    today = clock.today()
    context = {
        "page": page,
        "rows": rows,
        "writing": any(row["state"] == "writing" for row in rows),
        "days": parameters.number("keep_days", today),
        "months": parameters.number("keep_month_ends", today),
    }
    template = "web/parts/snapshot_rows.html" if pages.is_fragment(request) else "web/snapshots.html"
    return render(request, template, context)


def _act(request: HttpRequest) -> str:
    what = request.POST.get("what", "")
    if what in ("take", "increment"):
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            raise problems.Refused("请写明快照的用途。", code="required")
        jobs.enqueue(snapshot_jobs.take, by=request.actor, reason=reason, increment=what == "increment")
        messages.success(request, "已交后台办理，写完后列在下面；进度见“后台任务”。")
    elif what in ("pin", "unpin") and (key := pages.uuid_of(request.POST.get("snapshot"))):
        (pinning.pin if what == "pin" else pinning.unpin)(by=request.actor, at=clock.now(), snapshot_id=key)
        messages.success(request, "已设为长期保存。" if what == "pin" else "已取消长期保存，到期后清理。")
    else:
        raise problems.Refused("没有这种办理。", code="no_such_act")
    return reverse("snapshots")
