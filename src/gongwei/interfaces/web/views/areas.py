"""行政区划: the tree as it is or was on a day, one area with its history, and decisions on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, idempotency, jobs, problems
from gongwei.interfaces.web import area_forms, pages, typing_in
from gongwei.interfaces.web.presenters import areas as presenter
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.places import deciding, lineage, policy, queries


@pages.page()
def areas(request: HttpRequest) -> HttpResponse:
    """The divisions of what the actor looks after: tree at the left, those below the chosen one at the right."""
    today = clock.today()
    on = _day(request.GET.get("on")) or today
    wanted = request.GET.get("q", "").strip()[:50]
    key = request.GET.get("area", "")
    ranges = queries.ranges(request.actor)
    chosen = queries.area_seen(request.actor, int(key)) if key.isascii() and key.isdigit() else None
    if chosen is None:
        chosen = queries.area(ranges[0][0]) if ranges else None
    rows = list(queries.areas_below(chosen, on)) if chosen else []
    if wanted:
        rows = queries.search_areas(request.actor, wanted, limit=200)
    elif chosen is not None and chosen.level == "village":
        rows = [chosen]
    past = on if on != today else None
    names = lineage.names_on([row.key for row in rows], on) if past else {}
    changes = queries.area_changes(request.actor, limit=20)
    context = {
        "tree": places_presenter.tree(
            queries.areas_tree(request.actor, past), chosen=chosen.key if chosen else None, levels=4
        ),
        "chosen": presenter.line(chosen) if chosen else None,
        "rows": [presenter.line(row, names) for row in rows],
        "on": on,
        "past": past,
        "wanted": wanted,
        "changes": _changes(changes),
        "may_create": chosen is not None and "create" in _open(request, chosen),
    }
    return render(request, "web/areas.html", context)


def _day(text: str | None) -> Any:
    try:
        return typing_in.read_date(text or "")
    except ValueError:
        return None


def _changes(found: list[Any]) -> list[dict[str, Any]]:
    return presenter.changes(found, queries.names_of_areas(presenter.keys_of(found)))


def _open(request: HttpRequest, area: Any) -> list[str]:
    """The decisions the actor may take on an area."""
    if area.valid_until is not None or not policy.may(request.actor, policy.AREA_EDIT, area_key=area.key):
        return []
    return [what for what, levels in area_forms.OPEN_TO.items() if area.level in levels]


@never_cache
@pages.page()
def area(request: HttpRequest, key: int) -> HttpResponse:
    """One area: code, names by date, what was decided about it, who serves it, what lies below."""
    found = pages.found(queries.area_seen(request.actor, key))
    today = clock.today()
    may_edit = policy.may(request.actor, policy.AREA_EDIT, area_key=found.key)
    history = lineage.history(found.key)
    context = {
        "area": presenter.line(found),
        "path": [presenter.line(each) for each in queries.area_path(found.key) if each.key != found.key],
        "names": queries.area_names(found.key),
        "changes": _changes(history),
        "serving": list(queries.organizations_serving(found.key)),
        "below": [presenter.line(each) for each in queries.areas_below(found, today)],
        "counts": deciding.residents_of(by=request.actor, key=found.key) if may_edit else {},
        "steps": [{"what": what, "title": area_forms.FORMS[what][0]} for what in _open(request, found)],
    }
    return render(request, "web/area.html", context)


@never_cache
@pages.page(action=policy.AREA_EDIT, methods=("GET", "POST"))
def change(request: HttpRequest, key: int, what: str) -> HttpResponse:
    """Decide on an area: boxes, then what it touches, then the act. Nothing is written before it is confirmed."""
    found = pages.found(queries.area_seen(request.actor, key))
    policy.require(request.actor, policy.AREA_EDIT, area_key=found.key)
    if what not in area_forms.FORMS:
        raise Http404
    title, explanation, _ = area_forms.FORMS[what]
    refusal: problems.Refused | None = None
    if "confirmed" in request.POST:
        try:
            # Before anything else is looked at: a second click finds the area as the first one left it.
            response = pages.send_once(request, lambda: _carry_out(request, what, found))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            refusal = refused
        else:
            later = response["Location"].startswith(reverse("jobs"))
            messages.success(
                request, "已提交，后台正在随迁档案。" if later else f"已办理：{found.name}{title}。"
            )
            return response
    if what not in _open(request, found):
        raise Http404
    form = _form(request, what, found)
    preview, said = None, {}
    if form.is_bound and form.is_valid():
        said = form.said()
        try:
            if refusal is not None:
                raise refusal
            preview = _touched(request, what, said)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            pages.show_problems(refused, form, names={"key": "", "keys": "others", "parent": "code"})
    context = {
        "area": presenter.line(found),
        "title": title,
        "explanation": explanation,
        "form": form,
        "preview": preview,
        "later": preview is not None and preview.moving > deciding.AT_ONCE,
        "confirmation": _digest(said) if preview else "",
    }
    return render(request, "web/area_change.html", context)


def _form(request: HttpRequest, what: str, found: Any) -> area_forms.DecisionForm:
    data = request.POST if request.method == "POST" else None
    first = {"on": clock.today(), "into": found.code, "name": found.name if what == "rename" else ""}
    return area_forms.FORMS[what][2](data, area=found, initial=first)


def _touched(request: HttpRequest, what: str, said: dict[str, Any]) -> deciding.Touched:
    """What the decision touches; a small one is rehearsed, so that its problems show before it is confirmed."""
    found = deciding.touched(by=request.actor, kind=what, said=said)
    if found.moving <= deciding.AT_ONCE:
        deciding.rehearse(by=request.actor, at=clock.now(), kind=what, said=said)
    return found


def _digest(said: dict[str, Any]) -> str:
    """What was looked at: a decision that was changed after the look is shown again."""
    return idempotency.digest_of(said).hex()


def _carry_out(request: HttpRequest, what: str, found: Any) -> str:
    """Do what was confirmed, at once or by a job; says where to go on."""
    form = _form(request, what, found)
    if not form.is_valid() or request.POST["confirmed"] != _digest(form.said()):
        raise problems.Refused("核对以后内容有变，请重新核对。", code="changed_after_look")
    said = form.said()
    if deciding.touched(by=request.actor, kind=what, said=said).moving > deciding.AT_ONCE:
        return reverse(
            "job", args=[jobs.enqueue(deciding.decide_later, by=request.actor, kind=what, said=said).id]
        )
    made = deciding.decide(by=request.actor, at=clock.now(), kind=what, said=said)
    return reverse("area", args=[made.to_areas[0]])
