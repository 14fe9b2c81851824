"""密钥: which version seals, how far each column has come; bringing in a new key."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import keys, problems, rotation
from gongwei.interfaces.web import pages
from gongwei.places import policy


@never_cache
@pages.page(action=policy.KEY_ROTATE, methods=("GET", "POST"))
def sealing_keys(request: HttpRequest) -> HttpResponse:
    """The keys of sealed numbers and of their indexes."""
    if request.method == "POST":
        try:
            response = pages.send_once(request, lambda: _act(request))
        except problems.Refused as refused:
            messages.error(request, f"{refused.message}{refused.hint or ''}")
            return redirect("keys")
        messages.success(request, "已交后台办理，本页显示进度。")
        return response
    context = {"purposes": [_purpose(name, title) for name, title in rotation.PURPOSES.items()]}
    template = "web/parts/key_states.html" if pages.is_fragment(request) else "web/keys.html"
    return render(request, template, context)


def _act(request: HttpRequest) -> str:
    purpose, what = request.POST.get("purpose", ""), request.POST.get("what", "")
    if purpose not in rotation.PURPOSES or what not in ("begin", "go-on"):
        raise problems.Refused("请选择要更换的密钥。", code="no_such_key")
    if what == "begin" and "understood" not in request.POST:
        raise problems.Refused("请先确认已安排备份密钥目录。", code="understood")
    (rotation.begin if what == "begin" else rotation.go_on)(by=request.actor, purpose=purpose)
    return reverse("keys")


def _purpose(name: str, title: str) -> dict[str, Any]:
    ring = keys.keyring()
    states = rotation.states(name)
    finished = [state.finished_at for state in states if state.finished_at]
    return {
        "name": name,
        "title": title,
        "version": ring.current(name),
        "older": sorted(version for version in ring.versions(name) if version != ring.current(name)),
        "unfinished": rotation.unfinished(name),
        "finished_at": max(finished, default=None),
        "states": states,
    }
