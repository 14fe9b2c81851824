"""账号: list, set up, stop, give a new first password. Three administrators, three different sets of buttons."""

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
from gongwei.places import operations, policy, queries


class AccountForm(forms.Form):
    """A login for a member of staff."""

    practitioner = forms.TypedChoiceField(label="人员", coerce=UUID)
    username = forms.CharField(label="用户名", max_length=40, help_text="3–40 位小写字母、数字或 . _ -")


@never_cache
@pages.page(action=policy.ACCOUNT_VIEW, methods=("GET", "POST"))
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of the county."""
    wanted = request.GET.get("q", "").strip()[:50]
    may_edit = policy.may(request.actor, policy.ACCOUNT_EDIT)
    form, first_password = None, ""
    if may_edit:
        form = AccountForm(request.POST or None)
        found = queries.search_practitioners(request.actor, request.GET.get("who", ""), limit=50)
        offered = [(str(each.id), f"{each.name}（{each.organization.name}）") for each in found]
        if request.method == "POST" and (given := pages.uuid_of(request.POST.get("practitioner"))):
            offered.append((str(given), ""))
        form.fields["practitioner"].choices = offered
        presenter.styled(form)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            made, first_password = operations.create_account(
                by=request.actor,
                at=clock.now(),
                practitioner_id=form.cleaned_data["practitioner"],
                username=form.cleaned_data["username"],
            )
            messages.success(request, f"账号 {made.username} 已建立。")
        except problems.Refused as refused:
            pages.show_problems(refused, form)
    rows = queries.accounts(request.actor)
    if wanted:
        rows = rows.filter(username__startswith=wanted.lower()) | rows.filter(
            practitioner__name__contains=wanted
        )
    page = lists.numbered(request, rows, size=50)
    context = {
        "page": page,
        "rows": presenter.accounts(page.rows),
        "wanted": wanted,
        "form": form,
        "first_password": first_password,
        "may_edit": may_edit,
        "may_reset": policy.may(request.actor, policy.PASSWORD_RESET),
    }
    return render(request, "web/accounts.html", context)


@never_cache
@pages.page(action=policy.ACCOUNT_VIEW, methods=("POST",))
def change_account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Stop an account, let it in again, or give it a new first password (shown once)."""
    what = request.POST.get("what", "")
    try:
        if what == "reset":
            first = operations.reset_password(by=request.actor, at=clock.now(), account_id=account_id)
            return render(request, "web/first_password.html", {"first_password": first})
        if what in ("stop", "start"):
            operations.set_account_active(
                by=request.actor, at=clock.now(), account_id=account_id, active=what == "start"
            )
            messages.success(request, "账号已停用。" if what == "stop" else "账号已启用。")
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, refused.message)
    return redirect(reverse("accounts"))
