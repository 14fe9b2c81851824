"""指定责任医生: for the residents ticked on the list, or for all that the query finds, after a look at whom it is about."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, query_bar
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.residents import codes, operations
from gongwei.residents.operations import assigning as rules
from gongwei.residents.queries import choosing

NOBODY = "none"


class DoctorForm(forms.Form):
    """Which doctor, and why."""

    doctor = forms.ChoiceField(label="责任医生")
    reason = forms.CharField(label="原因", max_length=200, required=False)

    def __init__(self, *args: Any, doctors: list[tuple[UUID, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["doctor"].choices = [
            ("", "请选择"),
            *((str(key), name) for key, name in doctors),
            (NOBODY, "不指定（取消现有的）"),
        ]
        self.fields["reason"].widget.attrs["placeholder"] = "如：人员调整，记入修改痕迹"
        places_presenter.styled(self)


@never_cache
@pages.page(action=policy.DOCTOR_ASSIGN, methods=("POST",))
def assign(request: HttpRequest) -> HttpResponse:
    """Show whom the change is about, then make it when it is confirmed."""
    confirmed = "confirmed" in request.POST
    back = f"{reverse('residents')}?{request.GET.urlencode()}"
    wanted = _wanted(request)
    if not wanted or len(wanted) > rules.AT_ONCE:
        few = (
            "请先在列表中勾选居民。"
            if not wanted
            else f"一次最多指定{rules.AT_ONCE:,}位居民，请缩小查询范围。"
        )
        messages.error(request, few)
        return redirect(back)
    form = DoctorForm(request.POST if confirmed else None, doctors=places.doctors_near(request.actor))
    if confirmed and form.is_valid():
        said = form.cleaned_data
        count = 0

        def run() -> str:
            nonlocal count
            count = operations.assign_doctor(
                by=request.actor,
                at=clock.now(),
                resident_ids=wanted,
                doctor_id=None if said["doctor"] == NOBODY else UUID(said["doctor"]),
                reason=said["reason"],
            )
            return back

        try:
            response = pages.send_once(request, run)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            pages.show_problems(refused, form)
        else:
            messages.success(
                request, f"已更换 {count:,} 位居民的责任医生。" if count else "所选居民的责任医生没有变化。"
            )
            return response
    found = choosing.chosen(request.actor, wanted)
    if not found.ids:
        messages.error(request, "所选居民不在您的管辖范围内。")
        return redirect(back)
    context = {
        "form": form,
        "found": found,
        "count": len(found.ids),
        "named": [_named(row) for row in found.first],
        "unnamed": len(found.ids) - len(found.first),
        "ids": ",".join(str(key) for key in found.ids),
        "back": back,
    }
    return render(request, "web/assign.html", context)


def _named(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "sex": codes.name("sex", row.sex).removesuffix("性"),
        "age": presenter.age_words(row.birth_date, clock.today()),
        "area": row.area.name,
        "doctor": row.responsible_doctor.name if row.responsible_doctor else "",
    }


def _wanted(request: HttpRequest) -> list[UUID]:
    """The residents meant: carried from the first step, all that the query finds, or those ticked."""
    if "ids" in request.POST:
        said = request.POST["ids"].split(",")
    elif request.POST.get("whom") == "all":
        return choosing.matching(request.actor, query_bar.read(request).filters, rules.AT_ONCE + 1)
    else:
        said = request.POST.getlist("resident")
    return list(dict.fromkeys(key for text in said if (key := pages.uuid_of(text))))
