"""Accounts: making them, passwords, signing in and out, changing duty."""

import dataclasses
import datetime as dt
import unicodedata
from uuid import UUID

from django.contrib.auth import hashers
from django.db import connection, transaction

from gongwei.base import actors, audit, clock, problems, scope, sealed
from gongwei.places import actors as place_actors
from gongwei.places import parameters, passwords, policy, queries
from gongwei.places.models import Account, Duty, Practitioner, SignInAttempt

WRONG = "用户名或密码不正确。"


@dataclasses.dataclass(frozen=True)
class SignIn:
    """How an attempt to sign in went: an account, or a message and, when locked, until when."""

    account: Account | None
    message: str = ""
    locked_until: dt.datetime | None = None
    must_change_password: bool = False


def _username(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


@transaction.atomic
def create_account(
    *,
    by: actors.Actor,
    at: dt.datetime,
    practitioner_id: UUID,
    username: str,
    password: str | None = None,
    closed: bool = False,
) -> tuple[Account, str]:
    """Make the login of a practitioner; returns it with its first password, which has to be changed when signing in.

    A `closed` one has no password ("") and opens when the security administrator gives it one (`reset_password`): so a
    county's accounts are made at once without a list of passwords lying about.
    Raises policy.Forbidden; problems.Refused for a name that is taken or unfit, or a practitioner who has one.
    """
    practitioner = _practitioner(practitioner_id)
    policy.require(by, policy.ACCOUNT_EDIT, organization_id=practitioner.organization_id)
    name = _username(username)
    if not (3 <= len(name) <= 40) or not all(c.isascii() and (c.isalnum() or c in "._-") for c in name):
        raise problems.Refused(
            "用户名应为 3–40 位小写字母、数字或 . _ - 。", field="username", code="username"
        )
    if Account.objects.filter(practitioner=practitioner).exists():
        raise problems.Refused(f"{practitioner.name}已有账号。", field="practitioner", code="has_account")
    with scope.as_owner("a user name is unique over all counties, also those the administrator does not see"):
        taken = Account.objects.filter(username=name).exists()
    if taken:
        raise problems.Refused(f"用户名“{name}”已被使用，请换一个。", field="username", code="username_taken")
    account = Account(username=name, practitioner=practitioner, created_at=at, password_changed_at=at)
    first = "" if closed else password or passwords.initial()
    if not closed:
        passwords.check(first, account=account, on=clock.day_of(at), field="password")
    account.password = hashers.make_password(first or None)
    account.save(force_insert=True)
    _audit(by, at, "create", account)
    return account, first


@transaction.atomic
def set_account_active(*, by: actors.Actor, at: dt.datetime, account_id: UUID, active: bool) -> Account:
    """Let an account sign in, or not; one that is stopped is out with its next request."""
    account = _account(account_id)
    policy.require(by, policy.ACCOUNT_EDIT, organization_id=_home(account))
    if account.id == by.account_id:
        raise problems.Refused("不能停用自己的账号。", code="own_account")
    account.active = active
    account.save(update_fields=["active"])
    _audit(by, at, "update", account, active=active)
    return account


@transaction.atomic
def reset_password(*, by: actors.Actor, at: dt.datetime, account_id: UUID) -> str:
    """Give an account a new first password and lift its lock; returns the password, shown once."""
    account = _account(account_id)
    policy.require(by, policy.PASSWORD_RESET, organization_id=_home(account))
    if account.id == by.account_id:
        raise problems.Refused("请在“我的账号”中修改自己的密码。", code="own_account")
    first = passwords.initial()
    account.password = hashers.make_password(first)
    account.must_change_password, account.password_changed_at = True, at
    account.save(update_fields=["password", "must_change_password", "password_changed_at"])
    with scope.acting(actors.SYSTEM):
        keys = sealed.blinds(account.username, purpose="sign_in")
        SignInAttempt.objects.filter(name_key__in=keys, cleared=False).update(cleared=True)
    _audit(by, at, "reset_password", account)
    return first


@transaction.atomic
def change_password(*, by: actors.Actor, at: dt.datetime, old: str, new: str) -> Account:
    """Change one's own password. Raises problems.Refused beside the field at fault."""
    account = Account.objects.select_for_update(of=("self",)).filter(id=by.account_id, active=True).first()
    if account is None:
        raise policy.Forbidden("请先登录。", code="forbidden")
    if not hashers.check_password(old, account.password):
        raise problems.Refused("现在的密码不正确。", field="old_password", code="old_password")
    passwords.check(new, account=account, on=clock.day_of(at))
    account.password = hashers.make_password(new)
    account.must_change_password, account.password_changed_at = False, at
    account.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _audit(by, at, "change_password", account)
    return account


@transaction.atomic
def sign_in(*, at: dt.datetime, username: str, password: str, address: str | None) -> SignIn:
    """Try a user name and a password. Never raises for a wrong one, so that the attempt is kept.

    Five failures in a row within the lock time lock the name, whether an account has it or not; many failures from
    one address hold that address up. The answer takes as long, and says the same, for an unknown name.
    """
    with scope.acting(actors.SYSTEM):
        name = _username(username)[:200]
        key = sealed.blind(name, purpose="sign_in")
        with connection.cursor() as cursor:  # attempts at one name take turns: no guessing in parallel
            cursor.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
        held = _held(key, address, at)
        account = Account.objects.select_related("practitioner").filter(username=name).first()
        if held:
            _audit_sign_in("login_failed", account, at, address, reason="locked")
            return held
        if account is None:
            hashers.make_password(password)  # as slow as a real one
        right = account is not None and hashers.check_password(password, account.password)
        allowed = right and account is not None and account.active
        SignInAttempt.objects.create(at=at, name_key=key, address=address, succeeded=allowed)
        if allowed and account is not None:
            _audit_sign_in("login", account, at, address)
            return SignIn(account, must_change_password=passwords.must_change(account, at))
        _audit_sign_in("login_failed", account, at, address, reason="inactive" if right else "password")
        until = _locked_until(key, at)
        if until:
            _audit_sign_in("locked_out", account, at, address)
            return _locked(until, clock.day_of(at))
        return SignIn(None, f"{WRONG}还可以再试 {_left(key, at)} 次。")


def _window(name: str, at: dt.datetime) -> dt.datetime:
    return at - dt.timedelta(minutes=parameters.value(name, clock.day_of(at)))


def _failures(key: bytes, at: dt.datetime) -> list[dt.datetime]:
    """When the name failed since its last success, within twice the lock time; the newest first."""
    lock = at - _window("sign_in_lock_minutes", at)
    failures = []
    attempts = SignInAttempt.objects.filter(name_key=key, at__gt=at - 2 * lock, at__lte=at, cleared=False)
    for attempt in attempts.order_by("-at", "-id"):
        if attempt.succeeded:
            break
        failures.append(attempt.at)
    return failures


def _left(key: bytes, at: dt.datetime) -> int:
    """How many more failures the name may have before it is locked."""
    since = _window("sign_in_lock_minutes", at)
    return parameters.value("sign_in_attempts", clock.day_of(at)) - sum(t > since for t in _failures(key, at))


def _locked_until(key: bytes, at: dt.datetime) -> dt.datetime | None:
    """When the lock ends, if the last failures came so close that they made one and it still holds.

    While it holds no further attempt is counted, so the newest failure is the one that locked.
    """
    failures, lock = _failures(key, at), at - _window("sign_in_lock_minutes", at)
    allowed = parameters.value("sign_in_attempts", clock.day_of(at))
    if len(failures) < allowed or failures[0] - failures[allowed - 1] >= lock or failures[0] + lock <= at:
        return None
    return failures[0] + lock


def _held(key: bytes, address: str | None, at: dt.datetime) -> SignIn | None:
    day = clock.day_of(at)
    until = _locked_until(key, at)
    if until:
        return _locked(until, day)
    if address is None:
        return None
    failed = SignInAttempt.objects.filter(
        succeeded=False, address=address, at__gt=_window("address_failure_minutes", at)
    ).count()
    if failed < parameters.value("address_failures", day):
        return None
    minutes = parameters.value("address_failure_minutes", day)
    return SignIn(
        None, f"本网络地址登录失败次数过多，请 {minutes} 分钟后再试。", at + dt.timedelta(minutes=minutes)
    )


def _locked(until: dt.datetime, day: dt.date) -> SignIn:
    times = parameters.value("sign_in_attempts", day)
    # The next minute: the time shown is never too early.
    shown = (until + dt.timedelta(seconds=59)).astimezone(clock.CHINA)
    return SignIn(
        None,
        f"连续 {times} 次输错密码，该用户名已锁定，请于 {shown:%H:%M} 以后再试，或请安全保密管理员解除锁定。",
        until,
    )


@transaction.atomic
def sign_out(*, by: actors.Actor, at: dt.datetime, reason: str = "asked") -> None:
    """Write that somebody signed out (`asked`, `idle`, `absolute`); the page ends the session."""
    if by.account_id is None:
        return
    with scope.acting(actors.SYSTEM):
        audit.record(
            by=by,
            action="logout",
            subject_kind="account",
            subject_id=by.account_id,
            detail={"reason": reason},
            at=at,
        )


@transaction.atomic
def switch_duty(*, by: actors.Actor, at: dt.datetime, duty_id: UUID) -> actors.Actor:
    """Go on in another of one's own duties; returns the new actor. The page then calls `sessions.choose_duty`.

    Raises policy.Forbidden for a duty that is not one's own or does not run today.
    """
    account = Account.objects.select_related("practitioner").filter(id=by.account_id, active=True).first()
    duty: Duty | None = None
    if account is not None and not passwords.must_change(account, at):
        duty = queries.duties_of(account, clock.day_of(at)).filter(id=duty_id).first()
    if account is None or duty is None:
        raise policy.Forbidden("没有这个岗位，或岗位已终止。", code="forbidden")
    actor = place_actors.actor_for(account, duty, on=clock.day_of(at), source=by.source)
    with scope.acting(actor):
        audit.record(
            by=actor,
            action="switch_duty",
            subject_kind="duty",
            subject_id=duty.id,
            detail={"from": str(by.duty_id) if by.duty_id else None},
            at=at,
        )
    return actor


def _practitioner(practitioner_id: UUID) -> Practitioner:
    found = Practitioner.objects.filter(id=practitioner_id).first()
    if found is None:
        raise problems.Refused("没有这位人员。", field="practitioner", code="unknown")
    return found


def _account(account_id: UUID) -> Account:
    found = (
        Account.objects.select_related("practitioner")
        .select_for_update(of=("self",))
        .filter(id=account_id)
        .first()
    )
    if found is None:
        raise policy.Forbidden("没有这个账号，或无权管理。", code="forbidden")
    return found


def _home(account: Account) -> UUID | None:
    return account.practitioner.organization_id if account.practitioner else None


def _audit(by: actors.Actor, at: dt.datetime, action: str, account: Account, **detail: object) -> None:
    audit.record(by=by, action=action, subject_kind="account", subject_id=account.id, detail=detail, at=at)


def _audit_sign_in(
    action: str, account: Account | None, at: dt.datetime, address: str | None, **detail: object
) -> None:
    """The name typed is not written when no account has it: it may be a password in the wrong box."""
    by = actors.NOBODY
    if account is not None and action == "login":
        by = dataclasses.replace(by, account_id=account.id, practitioner_id=account.practitioner_id)
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=account.id if account else None,
        detail={"address": address, **detail},
        at=at,
    )
