"""数据一致性: whether the live figures are what the columnar engine finds; compared every night, and when asked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import jobs, problems
from gongwei.interfaces.web import pages
from gongwei.measures import comparing, live_rebuilding
from gongwei.places import policy


@never_cache
@pages.page(action=policy.SNAPSHOT, methods=("GET", "POST"))
def agreement(request: HttpRequest) -> HttpResponse:
    """The last comparisons, what differed part by part, and a comparison or a rebuild asked for."""
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _ask(request))
        except problems.Refused as refused:
            messages.error(request, refused.message)
            return redirect("agreement")
    history = comparing.history()
    told = next((each for each in history if each.different), None)
    context = {
        "standing": comparing.standing(),
        "history": history,
        "told": told,
        "lines": comparing.lines_of(request.actor, told) if told else [],
    }
    return render(request, "web/agreement.html", context)


def _ask(request: HttpRequest) -> str:
    what = {"compare": comparing.compare_job, "rebuild": live_rebuilding.rebuild_job}.get(
        request.POST.get("what", "")
    )
    if what is None:
        raise problems.Refused("没有这种办理。", code="no_such_act")
    jobs.enqueue(what, by=request.actor)
    messages.success(request, "已交后台办理，完成后结果列在下面；进度见“后台任务”。")
    return reverse("agreement")
