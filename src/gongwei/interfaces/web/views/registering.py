"""建立档案: profile, family and 个人基本信息表 on one page, candidates beside it while typing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import audit, clock, problems
from gongwei.interfaces.web import errors, pages, profile_form, questionnaires, typing_in
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.places import policy
from gongwei.records import operations as records
from gongwei.residents import codes, operations
from gongwei.residents import queries as residents

FORM = "basic_information"
MODES = [("outpatient", "门诊"), ("home", "家庭"), ("phone", "电话"), ("other", "其他")]
_DUPLICATES = {"duplicate", "confirm_duplicates", "duplicate_ended"}


class FilingForm(forms.Form):
    """When and how the file is made, and the family."""

    filed_on = typing_in.DateField(label="建档日期", required=False)
    mode = forms.ChoiceField(label="建档方式", choices=MODES)
    household = forms.ChoiceField(
        label="家庭",
        choices=[("none", "暂不登记"), ("found", "新建家庭（本人为户主）")],
        widget=forms.RadioSelect,
        required=False,
    )
    relation = forms.ChoiceField(label="与户主关系", required=False)
    with_form = forms.BooleanField(label="同时填写个人基本信息表（0～6岁儿童不填）", required=False)

    def __init__(self, *args: Any, head: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["relation"].choices = [("", "请选择"), *codes.table("relation_to_head").choices()]
        if head is not None:
            self.fields["household"].choices += [("join", f"加入 {head.name} 的家庭")]
        places_presenter.styled(self)


@never_cache
@pages.page(action=policy.RESIDENT_REGISTER, methods=("GET", "POST"))
def register(request: HttpRequest) -> HttpResponse:
    """File a resident. Everything is kept or nothing, and once only."""
    definition = catalogue.form(FORM)
    today = clock.today()
    family = _family(request)
    shared = {"area": family.area_id, "address": family.address} if family else {}
    data = request.POST if request.method == "POST" else None
    form = profile_form.ProfileForm(
        data, actor=request.actor, initial={"id_type": "01", "residence_type": "1", **shared}
    )
    filing = FilingForm(
        data,
        head=family,
        initial={
            "filed_on": today,
            "mode": "outpatient",
            "household": "join" if family else "none",
            "with_form": True,
        },
    )
    basic = questionnaires.questionnaire(definition, leave_out=["done_on"])(
        data if data and "with_form" in data else None, prefix="basic"
    )
    found: list[Any] = []
    if data is not None:
        valid = [form.is_valid(), filing.is_valid(), not basic.is_bound or basic.is_valid()]
        if all(valid):
            try:
                response = pages.send_once(request, lambda: _file(request, form, filing, basic, family))
            except problems.Refused as refused:
                if refused.code in _DUPLICATES:
                    found = [presenter.candidate(one) for one in refused.details.get("candidates", ())]
                pages.show_problems(refused, form, filing, basic, names={"relation_to_head": "relation"})
            else:
                messages.success(request, "档案已建立。")
                return response
    context = {
        "form": form,
        "filing": filing,
        "basic": basic,
        "definition": definition,
        "candidates": found,
        "not_same": request.POST.getlist("not_same"),
        "family": presenter.members([family], on=today)[0] if family else None,
        "with": request.POST.get("with") or request.GET.get("with", ""),
        "summary": errors.summary(form, filing, basic),
    }
    return render(request, "web/register.html", context, status=200)


def _family(request: HttpRequest) -> Any:
    """The resident whose household the new one joins, if the page was opened from a family."""
    key = pages.uuid_of(request.POST.get("with") or request.GET.get("with"))
    if key is None:
        return None
    try:
        member = residents.file(request.actor, key)
    except problems.Refused:
        return None
    return member if member.household_id else None


def _file(request: HttpRequest, form: Any, filing: Any, basic: Any, family: Any) -> str:
    at, said = clock.now(), filing.cleaned_data
    household: Mapping[str, Any] | None = None
    if said["household"] == "found":
        household = {"relation": "02", "address": form.cleaned_data["address"]}
    elif said["household"] == "join" and family is not None:
        household = {"id": family.household_id, "relation": said["relation"]}
    registered = operations.register_resident(
        by=request.actor,
        at=at,
        profile=form.typed(),
        household=household,
        filed_on=said["filed_on"],
        not_same_as=[key for key in map(pages.uuid_of, request.POST.getlist("not_same")) if key],
    )
    if basic.is_bound:
        records.record_encounter(
            by=request.actor,
            at=at,
            resident_id=registered.resident.id,
            done_on=said["filed_on"] or clock.today(),
            mode=said["mode"],
            responses=[(FORM, {**basic.answers(), "done_on": said["filed_on"] or clock.today()})],
        )
    for warning in registered.warnings:
        messages.warning(request, warning)
    return reverse("resident", args=[registered.resident.id])


@never_cache
@pages.page(action=policy.RESIDENT_REGISTER, methods=("POST",))
def candidates(request: HttpRequest) -> HttpResponse:
    """Who on file may be the person being typed; asked by the page after each item."""
    typed = {name: request.POST.get(name, "") for name in profile_form.ProfileForm.base_fields}
    found = residents.candidates(request.actor, {name: value for name, value in typed.items() if value})[:8]
    seen = [one.resident_key for one in found if one.resident_key]
    if seen:
        audit.read(
            by=request.actor, subject_kind="resident", subject_ids=seen, query={"candidates": len(found)}
        )
    context = {
        "candidates": [presenter.candidate(one) for one in found],
        "not_same": request.POST.getlist("not_same"),
    }
    return render(request, "web/parts/candidates.html", context)


@pages.page(action=policy.RESIDENT_CLAIM, methods=("POST",))
def claim(request: HttpRequest) -> HttpResponse:
    """迁入申请: ask the unit that holds the file to release it; document and name as typed in the form."""
    form = profile_form.ProfileForm(request.POST, actor=request.actor)
    if form.is_valid() and form.cleaned_data["area"]:
        said = form.cleaned_data

        def run() -> str:
            operations.claim_transfer(
                by=request.actor,
                at=clock.now(),
                id_type=said["id_type"] or "01",
                id_number=said["id_number"],
                name=said["name"],
                to_area=said["area"],
                to_address=said["address"],
                reason="居民已在本辖区居住",
            )
            return reverse("transfers")

        try:
            response = pages.send_once(request, run)
        except problems.Refused as refused:
            messages.error(request, f"{refused.message}{refused.hint or ''}")
        else:
            messages.success(request, "迁入申请已提交，等待现管理机构确认。")
            return response
    else:
        messages.error(request, "请先填写姓名、证件号码和现住村（居），再提出迁入申请。")
    # The form comes back as it was typed.
    return register(request)
