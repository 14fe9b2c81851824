"""Accounts: making, signing in, lock-out, passwords (R19–R21 of reliability.md, below the pages)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.places.worlds import PASSWORD

from gongwei.base import clock, problems, scope
from gongwei.base.actors import NOBODY
from gongwei.places import operations, policy, queries
from gongwei.places.models import Account, SignInAttempt

NAME = "village_doctor.village_a"
HOME = "10.1.2.3"


def attempt(world, password, *, name=NAME, minutes=0.0, address=HOME):
    at = world.at + dt.timedelta(minutes=minutes)
    with clock.fixed(at), scope.acting(NOBODY):
        return operations.sign_in(at=at, username=name, password=password, address=address)


def entries(action):
    with connection.cursor() as cursor:
        cursor.execute("select subject_id, detail::text from base_auditentry where action = %s", [action])
        return cursor.fetchall()


def test_right_password(world):
    signed = attempt(world, PASSWORD, name=" Village_Doctor.village_a ")
    assert (signed.account.username, signed.message, signed.must_change_password) == (NAME, "", False)
    assert [subject for subject, _ in entries("login")] == [str(signed.account.id)]


def test_five_wrong_ones_lock_for_fifteen_minutes(world):
    messages = [attempt(world, "wrong", minutes=n).message for n in range(5)]
    assert [f"还可以再试 {left} 次" in text for left, text in zip((4, 3, 2, 1), messages, strict=False)] == [
        True
    ] * 4
    assert "已锁定" in messages[4]
    assert "10:19" in messages[4]  # 02:00 UTC is 10:00 in China; four minutes on, and fifteen
    # The right password does not help before the time, and a try does not make it longer.
    assert attempt(world, PASSWORD, minutes=18.9).account is None
    assert attempt(world, PASSWORD, minutes=19).account is not None
    assert len(entries("locked_out")) == 1
    assert len(entries("login_failed")) == 6


def test_slow_failures_lock_too_and_the_lock_lasts_its_whole_time(world):
    for minute in (0, 3, 6, 9, 12):
        attempt(world, "wrong", minutes=minute)
    # The first failure is older than fifteen minutes by now; the lock is not shorter for that.
    assert attempt(world, PASSWORD, minutes=20).locked_until is not None
    assert attempt(world, PASSWORD, minutes=27).account is not None


def test_failures_far_apart_do_not_lock(world):
    for minute in (0, 4, 8, 12, 16, 20, 24):
        assert attempt(world, "wrong", minutes=minute).locked_until is None
    assert attempt(world, PASSWORD, minutes=25).account is not None


def test_a_success_starts_the_count_again(world):
    for _ in range(4):
        attempt(world, "wrong")
    assert attempt(world, PASSWORD, minutes=1).account is not None
    assert "还可以再试 4 次" in attempt(world, "wrong", minutes=2).message


def test_an_unknown_name_is_answered_and_locked_alike(world):
    known = [attempt(world, "wrong", minutes=n).message for n in range(6)]
    unknown = [attempt(world, "wrong", name="nobody.here", minutes=n).message for n in range(6)]
    assert known == unknown


def test_what_was_typed_is_in_no_trail(world):
    attempt(world, "Geheim-777", name="Geheim-888")
    text = "".join(f"{subject}{detail}" for subject, detail in entries("login_failed"))
    assert "eheim" not in text
    assert HOME in text
    assert all(b"eheim" not in bytes(row.name_key) for row in SignInAttempt.objects.all())


def test_many_failures_from_one_address_hold_it_up(world):
    for number in range(60):
        attempt(world, "wrong", name=f"name{number}")
    assert "网络地址" in attempt(world, PASSWORD).message
    assert attempt(world, PASSWORD, address="10.9.9.9").account is not None
    assert attempt(world, PASSWORD, minutes=5.1).account is not None


def test_a_stopped_account_is_told_nothing_else(world):
    admin = world.actor("system_admin@commission")
    account = world.accounts["village_doctor@village_a"]
    operations.set_account_active(by=admin, at=world.at, account_id=account.id, active=False)
    assert attempt(world, PASSWORD).message == attempt(world, "wrong", name="nobody.here").message


def test_reset_lifts_the_lock_and_asks_for_a_new_password(world):
    for _ in range(5):
        attempt(world, "wrong")
    security = world.actor("security_admin@commission")
    with scope.acting(security):
        first = operations.reset_password(
            by=security, at=world.at, account_id=world.accounts["village_doctor@village_a"].id
        )
    signed = attempt(world, first, minutes=1)
    assert signed.must_change_password
    by = world.actor("village_doctor@village_a")
    with scope.acting(by):
        operations.change_password(by=by, at=world.at, old=first, new="Luoyang-4096")
    assert attempt(world, "Luoyang-4096", minutes=2).must_change_password is False


def test_the_old_password_is_asked_for(world):
    by = world.actor("village_doctor@village_a")
    with pytest.raises(problems.Refused) as refused:
        operations.change_password(by=by, at=world.at, old="wrong", new="Luoyang-4096")
    assert refused.value.field == "old_password"


def test_make_an_account(world):
    director = world.actor("township_director@centre")
    admin = world.actor("system_admin@commission")
    person = operations.create_practitioner(
        by=director, at=world.at, name="王小明", organization_id=world.organizations["village_a"].id
    )
    make = {"at": world.at, "practitioner_id": person.id}
    with pytest.raises(policy.Forbidden):
        operations.create_account(by=director, username="wang", **make)
    with scope.acting(admin):
        account, first = operations.create_account(by=admin, username="Wang.XM", **make)
    assert account.username == "wang.xm"
    assert attempt(world, first, name="wang.xm").must_change_password
    with pytest.raises(problems.Refused) as again:
        operations.create_account(by=admin, username="wang2", **make)
    assert again.value.code == "has_account"


@pytest.mark.parametrize("name", ["", "ab", "王小明", "a b c", "x" * 41])
def test_unfit_user_names(world, name):
    admin = world.actor("system_admin@commission")
    with pytest.raises(problems.Refused) as refused:
        operations.create_account(
            by=admin,
            at=world.at,
            practitioner_id=world.practitioner("village_doctor@village_a").id,
            username=name,
        )
    assert refused.value.field == "username"


def test_a_name_taken_in_another_county_is_taken(world):
    admin = world.actor("system_admin@commission")
    person = operations.create_practitioner(
        by=admin, at=world.at, name="王小明", organization_id=world.organizations["village_a"].id
    )
    with scope.acting(admin), pytest.raises(problems.Refused) as refused:
        operations.create_account(
            by=admin, at=world.at, practitioner_id=person.id, username="village_doctor.far_village"
        )
    assert refused.value.code == "username_taken"


def test_administrators_see_the_accounts_of_their_county(world):
    admin = world.actor("system_admin@commission")
    names = {account.username for account in queries.accounts(admin)}
    assert "village_doctor.village_a" in names
    assert not any("far" in name for name in names)
    assert not queries.accounts(world.actor("township_director@centre")).exists()


def test_nobody_stops_oneself(world):
    admin = world.actor("system_admin@commission")
    with pytest.raises(problems.Refused):
        operations.set_account_active(by=admin, at=world.at, account_id=admin.account_id, active=False)
    assert Account.objects.get(id=admin.account_id).active


def test_user_names_are_lower_case_in_the_database_too(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(username="BIG", created_at=world.at)
    assert not Account.objects.filter(username__iexact="big").exists()
