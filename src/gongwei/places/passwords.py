"""What a password must be. Source: GB/T 22239-2019 8.1.4.1 (identification; complexity and change)."""

import datetime as dt
import secrets

from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError

from gongwei.base import clock, problems
from gongwei.places import parameters
from gongwei.places.models import Account

LONGEST = 128
# No characters that are read as one another: an initial password is read out or copied from paper.
_LETTERS, _CAPITALS, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"


def check(password: str, *, account: Account, on: dt.date, field: str = "new_password") -> None:
    """Refuse a password that is too short, too plain, well known, like the user name, or the present one.

    Raises problems.Refused; the message never repeats the password.
    """
    least, kinds = parameters.value("password_length", on), parameters.value("password_kinds", on)
    if len(password) < least:
        raise _refused(f"密码至少 {least} 位。", field)
    if len(password) > LONGEST:
        raise _refused(f"密码不超过 {LONGEST} 位。", field)
    if any(ord(character) < 32 or ord(character) == 127 for character in password):
        raise _refused("密码不能含有控制字符。", field)
    if _kinds(password) < kinds:
        raise _refused(f"密码应包含大写字母、小写字母、数字、符号中的至少 {kinds} 类。", field)
    if account.username in password.lower():
        raise _refused("密码不能包含用户名。", field)
    try:
        password_validation.CommonPasswordValidator().validate(password)
    except ValidationError:
        raise _refused("这个密码太常见，容易被猜到，请换一个。", field) from None
    if account.password and hashers.check_password(password, account.password):
        raise _refused("新密码不能与现在的密码相同。", field)


def _kinds(password: str) -> int:
    tests = (str.isupper, str.islower, str.isdigit)
    found = sum(any(test(character) for character in password) for test in tests)
    return found + any(not any(test(character) for test in tests) for character in password)


def _refused(message: str, field: str) -> problems.Refused:
    return problems.Refused(message, field=field, code="password")


def initial() -> str:
    """Make a first password that satisfies the rules: 12 characters, to be changed when signing in."""
    while True:
        text = "".join(secrets.choice(_LETTERS + _CAPITALS + _DIGITS) for _ in range(12))
        if _kinds(text) >= 3:
            return text


def must_change(account: Account, at: dt.datetime) -> bool:
    """Whether the account has to change its password before anything else: a first or reset one, or an old one."""
    if account.must_change_password:
        return True
    if account.password_changed_at is None:
        return False
    days = parameters.value("password_days", clock.day_of(at))
    return at - account.password_changed_at > dt.timedelta(days=days)
