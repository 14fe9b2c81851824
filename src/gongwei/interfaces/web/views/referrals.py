"""转诊追踪: loops still open, by place, doctor and term; one of them closed by hand or opened again; the list as a workbook."""

import datetime as dt
import tempfile
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import audit, clock, problems
from gongwei.interfaces.excel import exports
from gongwei.interfaces.web import pages, query_bar, typing_in, work_counts
from gongwei.interfaces.web.presenters import file as presenter
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as residents_presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.records import operations, referral_causes, referral_list
from gongwei.records.referral_list import Filters

STATES = {
    "open": "尚未落实",
    "not_arrived": "未到位",
    "arrived": "已到位",
    "closed": "已关闭",
    "all": "全部",
}
HEAD = [
    "姓名",
    "性别",
    "年龄",
    "村（居）",
    "责任医生",
    "转诊原因",
    "紧急",
    "提出日期",
    "首次提出",
    "来源",
    "转往",
    "追踪期限",
    "逾期天数",
    "状态",
    "结果日期",
    "关闭原因",
    "说明",
]
SIZE, MOST_EXPORTED = 50, 20_000
REASONS = (
    ("arrived", "已到上级机构就诊"),
    ("recovered", "复查正常，不需转诊"),
    ("refused", "本人或家属拒绝"),
    ("gone", "迁出或失访"),
    ("died", "死亡"),
    ("mistaken", "数据有误，不需转诊"),
    ("other", "其他"),
)


class ClosingForm(forms.Form):
    """How a loop ended."""

    reason = forms.ChoiceField(label="结果", choices=(("", "请选择"), *REASONS), required=False)
    on_date = typing_in.DateField(label="日期")
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="就诊机构、诊断和处理；选“其他”或“数据有误”时必填",
    )


class ReopeningForm(forms.Form):
    """Why a loop is open again."""

    note = forms.CharField(label="重新打开的原因", max_length=500, required=False)


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def referrals(request: HttpRequest) -> HttpResponse:
    """The list, what is most overdue first."""
    filters, organization = _asked(request)
    number = request.GET.get("page", "")
    today = clock.today()
    page = referral_list.page(
        request.actor,
        filters,
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
        size=SIZE,
    )
    context = {
        "page": page,
        "rows": [_line(each, today) for each in page.rows],
        "filters": filters,
        "state": filters.state,
        "states": STATES.items(),
        "organization": organization,
        "doctors": [(each.id, each.name) for each in places.staff(_staff_of(request, organization))]
        if _staff_of(request, organization)
        else [],
        "forms": [(form.code, form.title) for form in catalogue.forms() if referral_causes.may_refer(form)],
        "tree": places_presenter.organization_tree(
            places.organizations(request.actor), organization.id if organization else None
        ),
        "may_export": policy.may(request.actor, policy.EXPORT),
        "may_write": policy.may(request.actor, policy.RECORD_WRITE),
        "most_exported": MOST_EXPORTED,
    }
    return render(request, "web/referrals.html", context)


def _staff_of(request: HttpRequest, organization: Any) -> UUID | None:
    """Whose doctors are offered: the organization chosen, else one's own."""
    return organization.id if organization else request.actor.organization_id


def _asked(request: HttpRequest) -> tuple[Filters, Any]:
    """The filters in the address; nonsense is left out."""
    given = request.GET
    bar = query_bar.read(request)
    state = given.get("state", "")
    form = given.get("form", "")
    return Filters(
        state=state if state in STATES else "open",
        area_from=bar.filters.area_from,
        area_to=bar.filters.area_to,
        organization_id=bar.filters.organization_id,
        responsible_doctor_id=pages.uuid_of(given.get("doctor")),
        form_code=form if form in catalogue.current().forms else "",
        urgent=given.get("urgent") == "1",
        overdue=given.get("overdue") == "1",
        advised_from=_day(given.get("from")),
        advised_to=_day(given.get("to")),
    ), bar.organization


def _day(text: str | None) -> dt.date | None:
    try:
        return typing_in.read_date(text or "")
    except ValueError:
        return None


def _line(each: Any, today: dt.date) -> dict[str, Any]:
    resident = each.resident
    return {
        **presenter.referral(each, on=today),
        "name": resident.name,
        "sex": {"1": "男", "2": "女"}.get(resident.sex, ""),
        "age": residents_presenter.age_words(resident.birth_date, resident.death_on or today),
        "area": resident.area.name,
        "doctor": resident.responsible_doctor.name if resident.responsible_doctor_id else "",
    }


@pages.page(action=policy.EXPORT, methods=("POST",))
def export(request: HttpRequest) -> HttpResponse:
    """The present query as a workbook; who left in it is written to the access log."""
    policy.require(request.actor, policy.RESIDENT_VIEW)
    filters, _ = _asked(request)
    today = clock.today()
    wanted = referral_list.ordered(referral_list.filtered(request.actor, filters, on=today))
    found = list(wanted[:MOST_EXPORTED])
    audit.record(
        by=request.actor,
        action="export",
        subject_kind="resident",
        detail={
            "query": {"list": "referrals", **filters.described()},
            "ids": list(dict.fromkeys(str(each.resident_id) for each in found)),
        },
        at=clock.now(),
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    exports.rows_workbook("转诊追踪", HEAD, (_cells(_line(each, today)) for each in found), file=file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"转诊追踪_{today:%Y%m%d}.xlsx")


def _cells(line: dict[str, Any]) -> list[Any]:
    return [
        line["name"],
        line["sex"],
        line["age"],
        line["area"],
        line["doctor"],
        line["causes"],
        "是" if line["urgent"] else "",
        line["advised_on"],
        line["first_advised_on"],
        line["form"],
        line["referred_to"],
        line["due_on"],
        line["days_over"] if line["overdue"] else "",
        line["state_title"],
        line["answered_on"] or "",
        line["reason"],
        line["note"],
    ]


@never_cache
@pages.page(action=policy.RECORD_WRITE, methods=("GET", "POST"))
def close(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One loop: what opened it, what came of it; closed with a reason, or opened again."""
    try:
        found = referral_list.one(request.actor, referral_id)
    except problems.Refused as refused:
        raise Http404 from refused
    resident = files.opened(request, found.resident_id)
    policy.require(request.actor, policy.RECORD_WRITE, area_key=resident.area_id)
    today = clock.today()
    shown = presenter.referral(found, on=today)
    reopening = not shown["unsettled"]
    data = request.POST if request.method == "POST" else None
    made: Any = ReopeningForm(data) if reopening else ClosingForm(data, initial={"on_date": today})
    form = places_presenter.styled(made)
    back = pages.local(request.GET.get("back")) if request.GET.get("back") else ""
    if data is not None and form.is_valid():

        def run() -> str:
            values = form.cleaned_data
            if reopening:
                operations.reopen_referral(
                    by=request.actor, at=clock.now(), referral_id=referral_id, note=values["note"]
                )
            else:
                operations.close_referral(
                    by=request.actor,
                    at=clock.now(),
                    referral_id=referral_id,
                    reason=values["reason"],
                    on_date=values["on_date"],
                    note=values["note"],
                )
            return back or reverse("resident", args=[found.resident_id])

        try:
            response = pages.send_once(request, run)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            pages.show_problems(refused, form)
        else:
            work_counts.forget(request)
            messages.success(request, "转诊已重新打开。" if reopening else "转诊已关闭。")
            return response
    context = {
        **files.frame(request, resident, ""),
        "referral": shown,
        "form": form,
        "reopening": reopening,
        "may_reopen": found.state == "closed",
        "back": back,
        "here": f"?{urlencode({'back': back})}" if back else "",
    }
    return render(request, "web/file/referral.html", context)
