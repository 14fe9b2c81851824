"""编辑, and what to do when two people changed the same item."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import errors, pages, profile_form
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.residents import operations
from gongwei.residents import queries as residents
from gongwei.residents.queries import waiting


@never_cache
@pages.page(action=policy.RESIDENT_EDIT, methods=("GET", "POST"))
def edit(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Edit a profile on the version that was shown; clashes go to the page 三方对照."""
    resident = files.opened(request, resident_id)
    policy.require(request.actor, policy.RESIDENT_EDIT, area_key=resident.area_id)
    data = request.POST if request.method == "POST" else None
    form = profile_form.ProfileForm(
        data,
        actor=request.actor,
        editing=True,
        clearable=profile_form.clearable(resident, request.POST.getlist("clear")),
        initial=profile_form.initial(resident),
    )
    if resident.area_id not in {value for value, _ in form.fields["area"].choices}:
        form.fields["area"].choices.append((str(resident.area_id), resident.area.name))
    version = request.POST.get("version", str(resident.version))
    if data is not None and form.is_valid() and version.isascii() and version.isdigit():

        def run() -> str:
            changes = {
                name: value
                for name, value in form.typed().items()
                # An empty number box leaves the number as it is; a box that was not on the page says nothing.
                if (name not in profile_form.NUMBERS or value) and name in request.POST
            }
            clear, clear_reason = form.cleared()
            edited = operations.edit_resident(
                by=request.actor,
                at=clock.now(),
                resident_id=resident_id,
                base_version=int(version),
                changes=changes,
                clear=clear,
                clear_reason=clear_reason,
            )
            for warning in edited.warnings:
                messages.warning(request, warning)
            if edited.changed:
                messages.success(request, f"已修改：{presenter.labels(edited.changed)}。")
            if edited.conflicts:
                messages.warning(request, "有数据项在您填写期间已被他人改成另一个值，请逐项确定。")
                return reverse("resident-conflicts", args=[resident_id])
            if not edited.changed:
                messages.info(request, "没有需要保存的修改。")
            return reverse("resident-basic", args=[resident_id])

        try:
            return pages.send_once(request, run)
        except problems.Refused as refused:
            pages.show_problems(refused, form)
    context = {
        **files.frame(request, resident, "basic"),
        "form": form,
        "version": version,
        "summary": errors.summary(form),
    }
    return render(request, "web/edit.html", context)


@never_cache
@pages.page(action=policy.RESIDENT_EDIT, methods=("GET", "POST"))
def conflicts(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """三方对照: what stood before, what was saved first, what came later; one of the two is chosen."""
    resident = files.opened(request, resident_id)
    found = residents.open_conflicts(request.actor, resident_id)
    if request.method == "POST":
        choices = {
            one.id: request.POST.get(f"choice-{one.id}", "")
            for one in found
            if request.POST.get(f"choice-{one.id}")
        }
        version = request.POST.get("version", "")

        def run() -> str:
            operations.resolve_conflicts(
                by=request.actor,
                at=clock.now(),
                resident_id=resident_id,
                seen_version=int(version) if version.isascii() and version.isdigit() else 0,
                choices=choices,
            )
            return reverse("resident-basic", args=[resident_id])

        try:
            response = pages.send_once(request, run)
        except problems.Refused as refused:
            messages.error(request, f"{refused.message}{refused.hint or ''}")
        else:
            messages.success(request, "冲突已处理。")
            return response
    context = {
        **files.frame(request, resident, "basic"),
        "conflicts": [presenter.conflict(one) for one in found],
    }
    return render(request, "web/conflicts.html", context)


@never_cache
@pages.page(action=policy.RESIDENT_EDIT)
def conflict_list(request: HttpRequest) -> HttpResponse:
    """修改冲突: the files in which something waits for a decision."""
    today = clock.today()
    rows = [
        {**presenter.conflict_line(one, on=today), "count": one.open_count}
        for one in waiting.with_conflicts(request.actor)
    ]
    return render(request, "web/conflict_list.html", {"rows": rows})
