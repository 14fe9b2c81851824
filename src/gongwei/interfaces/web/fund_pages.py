"""What the pages of money ask first: which county, which year and pot, and how typed amounts and shares are read."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from gongwei.base import audit, clock, problems
from gongwei.interfaces.excel import sheets
from gongwei.interfaces.web import pages, shell
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import policy
from gongwei.settlement import fund_queries, money


def county(request: HttpRequest) -> int:
    """The county whose money is shown; 404 for people of none."""
    found = fund_queries.county_of(request.actor)
    if found is None:
        raise Http404
    return found


def year(request: HttpRequest) -> int:
    """The year asked for, else the one chosen for the session."""
    text = request.GET.get("year", "")
    fits = text.isascii() and text.isdigit() and len(text) == 4
    if fits and shell.FIRST_YEAR <= int(text) <= clock.today().year + 1:
        return int(text)
    return shell.year_of(request)


def pot(request: HttpRequest, *, name: str = "pot", default: str = "") -> str:
    """The pot asked for."""
    text = request.GET.get(name, default)
    return text if text in presenter.POTS else default


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every page of money knows: county, year, pot, and what the asker may do."""
    here = county(request)
    return {
        "county": here,
        "county_name": fund_queries.county_name(here),
        "year": year(request),
        "years": range(clock.today().year + 1, shell.FIRST_YEAR - 1, -1),
        "pot": pot(request),
        "pots": presenter.POTS.items(),
        "pot_title": presenter.POTS[pot(request)],
        "may_edit": policy.may(request.actor, policy.FUND_EDIT, area_key=here),
        "may_approve": policy.may(request.actor, policy.FUND_APPROVE, area_key=here),
        "today": clock.today(),
    }


def may_write(request: HttpRequest, *actions: str) -> None:
    """Refuse before anything is read of what was sent: one of the actions is needed in the county. Raises policy.Forbidden."""
    here = county(request)
    if not any(policy.may(request.actor, action, area_key=here) for action in actions):
        policy.require(request.actor, actions[0], area_key=here)


def done(request: HttpRequest, run: Callable[[], str]) -> HttpResponse | list[str]:
    """Do what was sent, once, and go where it says; or the reasons why not, for the page to show.

    Raises policy.Forbidden (answered as 403 by `pages.page`).
    """
    try:
        return pages.send_once(request, run)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        several = refused.problems if isinstance(refused, problems.Several) else [refused]
        return list(dict.fromkeys(f"{each.message}{each.hint or ''}" for each in several))


@dataclass(frozen=True)
class FourEyes:
    """What one person prepares and another approves on a page; the buttons say `draft_KIND`, `approve_KIND`, `withdraw_KIND`."""

    kind: str  #: also names the identifier the operations take: `KIND_id`
    title: str
    prepare: Callable[[HttpRequest], object]
    approve: Callable[..., object]
    withdraw: Callable[..., object]
    approved: str  #: what is said when it is approved


def four_eyes(request: HttpRequest, *several: FourEyes) -> str:
    """Prepare, approve or send back what was asked, say so, and give the address to come back to.

    Raises Refused: nothing chosen, a button no page has, or as the operation does.
    """
    step, _, kind = request.POST.get("what", "").partition("_")
    each = next((one for one in several if one.kind == kind), None)
    if each is None or step not in ("draft", "approve", "withdraw"):
        raise problems.Refused("没有这种办理，请刷新后再办。", code="unknown")
    key = pages.uuid_of(request.POST.get("id"))
    about = {"by": request.actor, "at": clock.now(), f"{each.kind}_id": key}
    if step == "draft":
        each.prepare(request)
        messages.success(request, "已编制，待另一位有审批权限的人员批准。")
    elif key is None:
        raise problems.Refused(f"请先选择要办理的{each.title}。", code="nothing")
    elif step == "approve":
        each.approve(**about)
        messages.success(request, each.approved)
    else:
        each.withdraw(**about, reason=request.POST.get("reason", ""))
        messages.success(request, "已撤回。")
    return request.get_full_path()


def acted(request: HttpRequest, run: Callable[[], str]) -> HttpResponse:
    """The same for pages with buttons only: a refusal is said on the page one comes back to."""
    answer = done(request, run)
    if isinstance(answer, HttpResponse):
        return answer
    for each in answer:
        messages.error(request, each)
    return redirect(request.get_full_path())


def day(request: HttpRequest, name: str, title: str) -> dt.date:
    """A day that was typed. Raises Refused."""
    try:
        return dt.date.fromisoformat(request.POST.get(name, "").strip())
    except ValueError as error:
        raise problems.Refused(f"请填写{title}。", field=name, code="day") from error


def asked_day(request: HttpRequest, name: str) -> dt.date | None:
    """A day in the address; nonsense is none."""
    try:
        return dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def fen(request: HttpRequest, name: str, title: str, *, empty: int | None = None) -> int:
    """An amount that was typed, in fen. Raises Refused."""
    text = request.POST.get(name, "").strip()
    if not text and empty is not None:
        return empty
    try:
        return money.fen(text)
    except problems.Refused as refused:
        raise problems.Refused(f"{title}：{refused.message}", field=name, code=refused.code) from refused


def share(request: HttpRequest, name: str, title: str) -> Decimal:
    """A share typed in per cent, as a part of 1. Raises Refused."""
    text = request.POST.get(name, "").strip().removesuffix("%").removesuffix("％")
    try:
        found = Decimal(text) / 100
    except InvalidOperation as error:
        raise problems.Refused(f"{title}应填写百分数，如40。", field=name, code="share") from error
    if not found.is_finite() or found.as_tuple().exponent < -6:  # type: ignore[operator]
        raise problems.Refused(f"{title}最多四位小数。", field=name, code="share")
    return found


def file(
    request: HttpRequest, name: str, content: bytes, *, kind: str, about: dict[str, Any]
) -> HttpResponse:
    """A workbook or a paper; that it left is written down. kind: xlsx or pdf."""
    audit.record(
        by=request.actor,
        action="export" if kind == "xlsx" else "print",
        subject_kind="fund",
        detail={"file": name, **about},
        at=clock.now(),
    )
    answer = HttpResponse(content, content_type=sheets.CONTENT_TYPE if kind == "xlsx" else "application/pdf")
    answer["Content-Disposition"] = content_disposition_header(kind == "xlsx", f"{name}.{kind}")
    return answer
