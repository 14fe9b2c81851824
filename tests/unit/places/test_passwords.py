"""What a password must be."""

import datetime as dt

import pytest
from django.contrib.auth import hashers

from gongwei.base import problems
from gongwei.places import passwords
from gongwei.places.models import Account

DAY = dt.date(2026, 3, 1)
NOW = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)


@pytest.fixture
def account(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Account(username="zhangsan", password=hashers.make_password("Lanzhou-2026"))


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("Aa1-Aa1-x", "至少 10 位"),
        ("abcdefghij12", "3 类"),
        ("ABCDEFGHIJKL", "3 类"),
        ("Zhangsan-2026", "用户名"),
        ("Lanzhou-2026", "现在的密码"),
        ("Aa1-" * 40, "不超过"),
        ("Aa1-\x00bcdefgh", "控制字符"),
    ],
)
def test_refused(account, password, part):
    with pytest.raises(problems.Refused) as refused:
        passwords.check(password, account=account, on=DAY)
    assert part in refused.value.message
    assert password not in refused.value.message


@pytest.mark.parametrize("password", ["Tianshui-77", "兰州牛肉面Aa1好吃不贵", "x9#x9#x9#x9"])
def test_accepted(account, password):
    assert passwords.check(password, account=account, on=DAY) is None


def test_first_passwords_satisfy_the_rules_and_differ(account):
    made = {passwords.initial() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.check(text, account=account, on=DAY) is None for text in made)


@pytest.mark.parametrize(
    ("flag", "changed", "expected"),
    [
        (True, NOW, True),
        (False, NOW - dt.timedelta(days=180), False),
        (False, NOW - dt.timedelta(days=180, seconds=1), True),
        (False, None, False),
    ],
)
def test_must_change(flag, changed, expected):
    account = Account(username="a", must_change_password=flag, password_changed_at=changed)
    assert passwords.must_change(account, NOW) is expected
