"""网格: the grids of what one serves with their people, setting one up, and putting households into it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import lists, pages
from gongwei.interfaces.web.presenters import places as presenter
from gongwei.places import operations as places_operations
from gongwei.places import policy, queries
from gongwei.residents import operations
from gongwei.residents.queries import gridding

NONE, ALL = "none", "all"


class GridForm(forms.Form):
    """Name, organization and doctor of a grid."""

    name = forms.CharField(label="网格名称", max_length=50, required=False)
    organization = forms.TypedChoiceField(label="管理机构", coerce=UUID, empty_value=None, required=False)
    responsible_doctor = forms.TypedChoiceField(
        label="责任医生", coerce=UUID, empty_value=None, required=False
    )
    members_too = forms.BooleanField(label="网格内居民的责任医生一并更换", required=False)

    def __init__(self, *args: Any, area_key: int, actor: Any, editing: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organization"].choices = [
            (str(each.id), each.name) for each in queries.organizations_serving(area_key)
        ]
        self.fields["responsible_doctor"].choices = [
            ("", "暂不指定"),
            *((str(key), name) for key, name in queries.doctors_near(actor)),
        ]
        del self.fields["organization" if editing else "members_too"]
        presenter.styled(self)


@never_cache
@pages.page(action=policy.GRID_EDIT, methods=("GET", "POST"))
def grids(request: HttpRequest) -> HttpResponse:
    """The grids of what the actor serves; with a village chosen, a new one can be set up in it."""
    key = request.GET.get("area", "")
    chosen = queries.area_seen(request.actor, int(key)) if key.isascii() and key.isdigit() else None
    form = None
    if (
        chosen is not None
        and chosen.level == "village"
        and policy.may(request.actor, policy.GRID_EDIT, area_key=chosen.key)
    ):
        form = GridForm(request.POST or None, area_key=chosen.key, actor=request.actor, editing=False)
        if request.method == "POST" and form.is_valid():
            try:
                response = pages.send_once(request, lambda: _create(request, chosen.key, form.cleaned_data))
            except policy.Forbidden:
                raise
            except problems.Refused as refused:
                pages.show_problems(refused, form)
            else:
                messages.success(request, "网格已建立，请选择划入的家庭。")
                return response
    page = lists.numbered(request, queries.grids_of(request.actor, chosen.key if chosen else None), size=50)
    counts = gridding.filled(request.actor, [grid.id for grid in page.rows])
    context = {
        "tree": presenter.tree(
            queries.areas_tree(request.actor), chosen=chosen.key if chosen else None, levels=4
        ),
        "chosen": chosen,
        "page": page,
        "rows": [_line(grid, counts) for grid in page.rows],
        "form": form,
        "left": gridding.without_grid(request.actor, chosen.key) if form is not None else None,
    }
    return render(request, "web/grids.html", context)


def _line(grid: Any, counts: Any) -> dict[str, Any]:
    filled = counts.get(grid.id, gridding.Filled())
    return {
        "id": grid.id,
        "name": grid.name,
        "area": grid.area.name,
        "organization": grid.organization.name,
        "doctor": grid.responsible_doctor.name if grid.responsible_doctor else "",
        "households": filled.households,
        "residents": filled.residents,
    }


def _create(request: HttpRequest, area_key: int, said: dict[str, Any]) -> str:
    if said["organization"] is None:
        raise problems.Refused("请选择管理机构。", field="organization", code="required")
    made = places_operations.create_grid(
        by=request.actor,
        at=clock.now(),
        organization_id=said["organization"],
        area_key=area_key,
        name=said["name"],
        responsible_doctor_id=said["responsible_doctor"],
    )
    return f"{reverse('grid', args=[made.id])}?of={NONE}"


@never_cache
@pages.page(action=policy.GRID_EDIT, methods=("GET", "POST"))
def grid(request: HttpRequest, grid_id: UUID) -> HttpResponse:
    """One grid: its name and doctor, its households, and those of the village that can be put into it."""
    found = pages.found(queries.grids_of(request.actor).filter(id=grid_id).first())
    policy.require(request.actor, policy.GRID_EDIT, area_key=found.area_id)
    what = request.POST.get("what", "")
    first = {"name": found.name, "responsible_doctor": found.responsible_doctor_id}
    form = GridForm(
        request.POST if what == "edit" else None,
        area_key=found.area_id,
        actor=request.actor,
        editing=True,
        initial=first,
    )
    if what in ("assign", "close") or (what == "edit" and form.is_valid()):
        try:
            response = pages.send_once(request, lambda: _act(request, found, what, form))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            if what == "edit":
                pages.show_problems(refused, form)
            else:
                messages.error(request, f"{refused.message}{refused.hint or ''}")
                return redirect(request.get_full_path())
        else:
            done = {"assign": "已划入所选家庭。", "close": "网格已停用。", "edit": "已保存。"}
            messages.success(request, done[what])
            return response
    of, text = request.GET.get("of", ""), request.GET.get("q", "").strip()[:40]
    rows = gridding.households(
        request.actor,
        found.area_id,
        grid_id=None if of == NONE else found.id,
        any_grid=of == ALL,
        text=text,
    )
    page = lists.numbered(request, rows, size=100)
    gridding.shown(request.actor, page.rows)
    context = {
        "grid": _line(found, gridding.filled(request.actor, [found.id])),
        "area_key": found.area_id,
        "form": form,
        "page": page,
        "households": [_household(row, found.id) for row in page.rows],
        "of": of,
        "wanted": text,
        "left": gridding.without_grid(request.actor, found.area_id),
        "others": [
            {"id": each.id, "name": each.name}
            for each in queries.grids_of(request.actor, found.area_id)
            if each.id != found.id
        ],
    }
    return render(request, "web/grid.html", context)


def _household(row: Any, grid_id: UUID) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "address": row.address or (row.head.address if row.head else ""),
        "head": row.head.name if row.head else "",
        "living": row.living,
        "grid": row.grid.name if row.grid else "",
        "inside": row.grid_id == grid_id,
    }


def _act(request: HttpRequest, found: Any, what: str, form: GridForm) -> str:
    common = {"by": request.actor, "at": clock.now()}
    if what == "close":
        operations.close_grid(**common, grid_id=found.id)
        return f"{reverse('grids')}?area={found.area_id}"
    if what == "assign":
        chosen = [key for text in request.POST.getlist("household") if (key := pages.uuid_of(text))]
        if not chosen:
            raise problems.Refused("请先勾选家庭。", code="how_many")
        target = pages.found(pages.uuid_of(request.POST.get("grid", str(found.id))))
        operations.assign_households(**common, household_ids=chosen, grid_id=target)
        return request.get_full_path()
    said = form.cleaned_data
    places_operations.edit_grid(
        **common,
        grid_id=found.id,
        name=said["name"],
        responsible_doctor_id=said["responsible_doctor"],
    )
    if said["members_too"]:
        operations.give_grid_doctor(**common, grid_id=found.id)
    return reverse("grid", args=[found.id])
