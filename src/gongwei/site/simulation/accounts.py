"""The demonstration accounts: one for each role, all with one password that is no secret."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cache

from django.contrib.auth.hashers import make_password

from gongwei.places import models as places
from gongwei.places import roles

DEMO_PASSWORD = "gongwei-demo-2026"
# Demonstration logins: (role, user name); the first practitioner who holds the role gets it.
DEMO_ROLES = (
    ("village_doctor", "cunyi"),
    ("township_doctor", "gongwei"),
    ("township_clerk", "dangan"),
    ("township_director", "yuanzhang"),
    ("county_officer", "xianji"),
    ("county_officer", "xianji2"),  # what one of them reports the other approves
    ("evaluator", "pingjia"),
    ("finance_officer", "caiwu"),
    ("system_admin", "xitong"),
    ("security_admin", "anquan"),
    ("audit_admin", "shenji"),
)


def demo_logins() -> list[tuple[str, str, str]]:
    """(Chinese title of the role, user name, password) of the demonstration accounts."""
    return [(roles.title(role), username, DEMO_PASSWORD) for role, username in DEMO_ROLES]


def make_accounts(now: datetime) -> None:
    """Give the first practitioner of each role a demonstration account; everybody else has none yet."""
    taken: set[uuid.UUID] = set()
    for role, username in DEMO_ROLES:
        duty = (
            places.Duty.objects.filter(role=role)
            .exclude(practitioner__in=taken)
            .select_related("practitioner", "organization")
            .order_by("organization__code", "id")
            .first()
        )
        if duty is None:
            raise LookupError(f"no practitioner holds the role {role}")
        taken.add(duty.practitioner_id)
        make_account(duty.practitioner, username, now)


@cache
def _hashed() -> str:
    """The one hash of the one password: hashing is slow on purpose, and this password is no secret."""
    return make_password(DEMO_PASSWORD)


def make_account(practitioner: places.Practitioner, username: str, now: datetime) -> None:
    """Give a practitioner a demonstration account."""
    places.Account.objects.create(
        username=username,
        practitioner=practitioner,
        password=_hashed(),
        must_change_password=False,
        password_changed_at=now,
        created_at=now,
    )
