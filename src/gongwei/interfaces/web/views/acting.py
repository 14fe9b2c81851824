"""Steps in the life of a file: 提交审核 审核通过 退回 迁出 死亡 联系记录 失访 注销 恢复 合并 撤销合并; 迁移确认."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, typing_in
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.residents import operations
from gongwei.residents import queries as residents
from gongwei.residents.queries import waiting

SOURCES = [
    ("", "请选择"),
    ("certificate", "死亡证明"),
    ("police", "公安"),
    ("civil_affairs", "民政"),
    ("family", "家属"),
]
CHANNELS = [("", "请选择"), ("phone", "电话"), ("home", "入户"), ("other", "其他")]
REASONS = [("", "请选择"), ("2", "迁出（本平台以外）"), ("3", "失访"), ("4", "拒绝"), ("9", "其他")]
MOST_VILLAGES = 2000


class _ActForm(forms.Form):
    """The boxes of one step; what they may hold is said by the operation."""

    def __init__(self, *args: Any, request: HttpRequest, resident: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.furnish(request, resident)
        places_presenter.styled(self)

    def furnish(self, request: HttpRequest, resident: Any) -> None:
        """Fill in choices that depend on the resident."""


class NothingForm(_ActForm):
    """A step that needs only to be confirmed."""


class TransferForm(_ActForm):
    """Where to."""

    to_area = forms.TypedChoiceField(label="迁入村（居）", coerce=int, empty_value=None, required=False)
    moved_on = typing_in.DateField(label="迁移日期", required=False)
    to_address = forms.CharField(label="新住址（门牌）", max_length=200, required=False)
    reason = forms.CharField(label="迁移原因", max_length=200, required=False)

    def furnish(self, request: HttpRequest, resident: Any) -> None:
        """Villages of the county but the resident's own."""
        low, high = places_presenter.county_of(resident.area_id)
        found = places.areas_in([(low, high)]).filter(level="village").exclude(key=resident.area_id)
        found = found.select_related("parent").order_by("key")[:MOST_VILLAGES]
        self.fields["to_area"].choices = [
            ("", "请选择"),
            *((str(each.key), f"{each.parent.name} {each.name}") for each in found),
        ]


class DeathForm(_ActForm):
    """When, of what, how it is known."""

    death_on = typing_in.DateField(label="死亡日期", required=False)
    cause = forms.CharField(label="死亡原因（ICD-10 代码或文字）", max_length=200, required=False)
    source = forms.ChoiceField(label="信息来源", choices=SOURCES, required=False)


class AttemptForm(_ActForm):
    """One attempt to reach the resident."""

    on = typing_in.DateField(label="联系日期", required=False)
    channel = forms.ChoiceField(label="联系方式", choices=CHANNELS, required=False)
    result = forms.CharField(label="联系结果", max_length=200, required=False)


class NoteForm(_ActForm):
    """A note."""

    note = forms.CharField(label="说明", max_length=200, required=False)


class CancelForm(_ActForm):
    """Why a file ends."""

    reason = forms.ChoiceField(label="注销原因", choices=REASONS, required=False)
    note = forms.CharField(label="去向或说明", max_length=200, required=False)
    on = typing_in.DateField(label="注销日期", required=False)


class ReasonForm(_ActForm):
    """A reason."""

    reason = forms.CharField(label="原因", max_length=200, required=False)


class MergeForm(_ActForm):
    """Which other file, and why."""

    other = forms.CharField(label="另一份档案的17位档案编号", max_length=17, required=False)
    reason = forms.CharField(label="合并原因", max_length=200, required=False)
    different_documents = forms.BooleanField(label="两份档案的身份证号码不同，其中一份录错了", required=False)


def _merge(request: HttpRequest, resident: Any, said: dict[str, Any]) -> None:
    other = residents.visible_to(request.actor).filter(record_no=said["other"].strip()).first()
    if other is None:
        raise problems.Refused("没有这个档案编号，或不在您的管辖范围内。", field="other", code="not_found")
    survivor = residents.suggest_survivor(request.actor, resident.id, other.id)
    operations.merge_residents(
        by=request.actor,
        at=clock.now(),
        survivor_id=survivor,
        loser_id=other.id if survivor == resident.id else resident.id,
        reason=said["reason"],
        different_documents=said["different_documents"],
    )


def _undo_merge(request: HttpRequest, resident: Any, said: dict[str, Any]) -> None:
    merge = pages.found(resident.merges_lost.filter(undone_at=None).order_by("-at").first())
    operations.undo_merge(by=request.actor, at=clock.now(), merge_id=merge.id, reason=said["reason"])


def _plain(operation: Callable[..., Any]) -> Callable[[HttpRequest, Any, dict[str, Any]], Any]:
    """A step that is one operation with the boxes as its arguments."""
    return lambda request, resident, said: operation(
        by=request.actor, at=clock.now(), resident_id=resident.id, **said
    )


@dataclass(frozen=True)
class Step:
    """One step: what its page says, its boxes, what it runs."""

    title: str
    explanation: str
    action: str
    form: type[_ActForm]
    run: Callable[[HttpRequest, Any, dict[str, Any]], Any]
    done: str
    first: tuple[str, ...] = ()


STEPS: dict[str, Step] = {
    "submit": Step(
        "提交审核",
        "暂存或被退回的档案交乡镇审核；首次提交时编定17位档案编号。",
        policy.RESIDENT_REGISTER,
        NothingForm,
        _plain(operations.submit),
        "已提交审核。",
    ),
    "approve": Step(
        "审核通过",
        "通过后档案即为正常档案，计入建档数，可以登记服务。请先核对“基本信息”。",
        policy.RESIDENT_REVIEW,
        NothingForm,
        _plain(operations.approve),
        "审核已通过，档案已建立。",
    ),
    "return": Step(
        "退回档案",
        "退回给建档人修改后重新提交。请写明要改什么，建档人在时间轴上看到。",
        policy.RESIDENT_REVIEW,
        ReasonForm,
        _plain(operations.return_for_correction),
        "档案已退回。",
    ),
    "transfer": Step(
        "申请迁出",
        "提交后档案仍由本机构管理，接收机构在期限内确认后才转走；对方退回或逾期，一切照旧。",
        policy.RESIDENT_TRANSFER,
        TransferForm,
        _plain(operations.request_transfer),
        "迁出申请已提交，等待接收机构确认。",
        ("moved_on",),
    ),
    "death": Step(
        "登记死亡",
        "登记后档案注销，未完成的随访计划关闭，死亡日期以后不能再登记服务。登记有误可由有权岗位恢复。",
        policy.RESIDENT_END,
        DeathForm,
        _plain(operations.record_death),
        "已登记死亡，档案已注销。",
    ),
    "attempt": Step(
        "登记联系记录",
        "判定失访前，须在不同日期多次联系并逐次登记。",
        policy.RESIDENT_END,
        AttemptForm,
        _plain(operations.record_contact_attempt),
        "联系记录已登记。",
        ("on",),
    ),
    "lost": Step(
        "登记失访",
        "多次联系不上后登记。以后一旦有服务记录，档案自动恢复。",
        policy.RESIDENT_END,
        NoteForm,
        _plain(operations.mark_lost),
        "已登记失访。",
    ),
    "cancel": Step(
        "注销档案",
        "死亡请用“死亡”，重复档案请用“合并”，迁往本县区其他机构请用“迁出”。",
        policy.RESIDENT_END,
        CancelForm,
        _plain(operations.cancel),
        "档案已注销。",
        ("on",),
    ),
    "restore": Step(
        "恢复档案",
        "恢复为正常档案；误登记的死亡一并撤销。",
        policy.RESIDENT_RESTORE,
        ReasonForm,
        _plain(operations.restore),
        "档案已恢复。",
    ),
    "merge": Step(
        "合并重复档案",
        "两份档案合为一份：保留建档较早的（较新的服务更多时保留较新的），另一份的全部记录转入，编号留作曾用编号。期限内可以撤销。",
        policy.RESIDENT_MERGE,
        MergeForm,
        _merge,
        "两份档案已合并。",
    ),
    "undo-merge": Step(
        "撤销合并",
        "合并时转入的记录转回原档案；合并以后新增的留在保留的档案。",
        policy.RESIDENT_MERGE,
        ReasonForm,
        _undo_merge,
        "合并已撤销。",
    ),
}


@never_cache
@pages.page(action=policy.RESIDENT_VIEW, methods=("GET", "POST"))
def act(request: HttpRequest, resident_id: UUID, what: str) -> HttpResponse:
    """The page of one step."""
    step = STEPS.get(what)
    if step is None:
        raise Http404
    resident = files.opened(request, resident_id)
    policy.require(request.actor, step.action, area_key=resident.area_id)
    data = request.POST if request.method == "POST" else None
    form = step.form(
        data, request=request, resident=resident, initial=dict.fromkeys(step.first, clock.today())
    )
    if data is not None and form.is_valid():

        def run() -> str:
            step.run(request, resident, dict(form.cleaned_data))
            return reverse("resident", args=[resident_id])

        try:
            response = pages.send_once(request, run)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            pages.show_problems(refused, form, names={"to_area": "to_area", "area": "to_area"})
        else:
            messages.success(request, step.done)
            return response
    context = {**files.frame(request, resident, "timeline"), "form": form, "step": step, "what": what}
    return render(request, "web/act.html", context)


@never_cache
@pages.page(action=policy.RESIDENT_TRANSFER)
def transfers(request: HttpRequest) -> HttpResponse:
    """迁移确认: what waits for this side."""
    found = list(residents.transfers_inbox(request.actor)[:200])
    movers = waiting.movers(request.actor, found)
    rows = [presenter.transfer(one, movers.get(one.id)) for one in found]
    return render(request, "web/transfers.html", {"rows": rows})


@pages.page(action=policy.RESIDENT_TRANSFER, methods=("POST",))
def decide_transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Confirm, refuse or take back a transfer."""
    what = request.POST.get("what")
    to = reverse("transfers")

    def run() -> str:
        said = {"by": request.actor, "at": clock.now(), "transfer_id": transfer_id}
        if what == "confirm":
            operations.confirm_transfer(**said)
        elif what == "refuse":
            operations.refuse_transfer(**said, reason=request.POST.get("reason", ""))
        else:
            operations.withdraw_transfer(**said, reason=request.POST.get("reason", ""))
        return to

    try:
        response = pages.send_once(request, run)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, f"{refused.message}{refused.hint or ''}")
        return redirect(to)
    done = {"confirm": "已确认，档案已转入。", "refuse": "已退回，档案仍由原机构管理。"}
    messages.success(request, done.get(what or "", "申请已撤回。"))
    return response
