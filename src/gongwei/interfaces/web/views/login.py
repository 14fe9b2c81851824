"""Signing in and out, one's own account, duty and year."""

from django import forms
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import kept, pages, shell
from gongwei.places import operations, passwords, sessions


class LoginForm(forms.Form):
    """User name and password."""

    username = forms.CharField(label="用户名", max_length=40)
    password = forms.CharField(
        label="密码", max_length=passwords.LONGEST, strip=False, widget=forms.PasswordInput
    )
    username.widget.attrs |= {"class": "form-control", "autocomplete": "username", "autocapitalize": "none"}
    password.widget.attrs |= {"class": "form-control", "autocomplete": "current-password"}


@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """Sign in. A wrong password, a locked name and an unknown name are told without telling them apart."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(("GET", "POST"))
    if request.actor.account_id is not None:
        return redirect("home")
    onward = pages.local(request.POST.get("next") or request.GET.get("next"))
    form = LoginForm(request.POST or None)
    answer = None
    if request.method == "POST" and form.is_valid():
        answer = operations.sign_in(
            at=clock.now(),
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            address=pages.address_of(request),
        )
        if answer.account is not None:
            return _enter(request, answer, onward)
    context = {
        "form": form,
        "next": onward,
        "answer": answer,
        "ended": sessions.MESSAGES.get(request.GET.get("ended", "")),
        "kept": kept.SESSION_NAME in request.session,
    }
    return render(request, "web/login.html", context)


def _enter(request: HttpRequest, answer: operations.SignIn, onward: str) -> HttpResponse:
    waiting = kept.SESSION_NAME in request.session
    sessions.begin(request, answer.account)
    if answer.must_change_password:
        response = redirect("account")
    elif waiting:
        response = redirect("kept")
    else:
        response = redirect(onward)
    kept.remember_whose(request, response, answer.account.id)
    return response


@never_cache
@pages.page(methods=("GET", "POST"), any_duty=True)
def kept_form(request: HttpRequest) -> HttpResponse:
    """What was typed before the login expired: send it on, or drop it."""
    waiting = kept.waiting(request)
    if waiting is None:
        return redirect("home")
    if request.method == "POST":
        kept.forget(request)
        return redirect(pages.local(waiting["path"]))
    # It stays until it has been sent on: the page that takes it forgets it (`kept.arrived`).
    return render(request, "web/kept.html", waiting)


@never_cache
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out; nothing typed is kept for whoever sits down next."""
    if request.method != "POST":
        return HttpResponseNotAllowed(("POST",))
    operations.sign_out(by=request.actor, at=clock.now())
    response = redirect("login")
    sessions.forget(request, response)
    response.delete_cookie(kept.COOKIE)
    return response


class PasswordForm(forms.Form):
    """The present password and the new one, twice."""

    old_password = forms.CharField(label="现在的密码", strip=False, widget=forms.PasswordInput)
    new_password = forms.CharField(label="新密码", strip=False, widget=forms.PasswordInput)
    again = forms.CharField(label="再输一次新密码", strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            kind = "current-password" if name == "old_password" else "new-password"
            field.widget.attrs |= {"class": "form-control", "autocomplete": kind}

    def clean_again(self) -> str:
        """Both must be equal."""
        if self.cleaned_data["again"] != self.cleaned_data.get("new_password"):
            raise forms.ValidationError("两次输入的新密码不一致。")
        return self.cleaned_data["again"]


@never_cache
@pages.page(methods=("GET", "POST"), any_duty=True)
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: duties, password."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = operations.change_password(
                by=request.actor,
                at=clock.now(),
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["new_password"],
            )
        except problems.Refused as refused:
            pages.show_problems(refused, form)
        else:
            # The other sessions of this account end; this one goes on.
            auth.update_session_auth_hash(request, changed)
            messages.success(request, "密码已修改。")
            return redirect("kept" if kept.SESSION_NAME in request.session else "home")
    must_change = passwords.must_change(request.user, clock.now())
    return render(request, "web/account.html", {"form": form, "must_change": must_change})


@pages.page(methods=("POST",))
def switch_duty(request: HttpRequest) -> HttpResponse:
    """Go on in another duty, without signing in again."""
    wanted = pages.uuid_of(request.POST.get("duty"))
    actor = operations.switch_duty(by=request.actor, at=clock.now(), duty_id=pages.found(wanted))
    sessions.choose_duty(request, actor.duty_id)
    messages.success(request, "岗位已切换。")
    return redirect("home")


@pages.page(methods=("POST",))
def choose_year(request: HttpRequest) -> HttpResponse:
    """Choose the 年度 all pages are about."""
    shell.choose_year(request, request.POST.get("year", ""))
    return redirect(pages.local(request.POST.get("back") or reverse("home")))
