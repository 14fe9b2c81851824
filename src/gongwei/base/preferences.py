"""What an account likes of a page: it follows the person to the next browser. No data of residents belongs here."""

from typing import Any
from uuid import UUID

from gongwei.base import clock
from gongwei.base.models import Preference


def of(account_id: UUID | None, name: str) -> Any:
    """The value kept under the name, or None."""
    return Preference.objects.filter(account_id=account_id, name=name).values_list("value", flat=True).first()


def keep(account_id: UUID, name: str, value: Any) -> None:
    """Keep a plain JSON value under the name, in place of the one before."""
    Preference.objects.update_or_create(
        account_id=account_id, name=name, defaults={"value": value, "changed_at": clock.now()}
    )
