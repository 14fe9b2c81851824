"""Many keys in one condition: as one array, which neither Django nor the driver has to write out one by one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, Value

from gongwei.base import copy_text


def written(keys: Iterable[UUID | str | None]) -> str:
    """Ids as PostgreSQL reads an array of them; None is null."""
    return (
        "{"
        + ",".join([copy_text.key(each) if isinstance(each, UUID) else each or "null" for each in keys])
        + "}"
    )


class _AnyOf(Func):
    arg_joiner = " = any("
    template = "(%(expressions)s::uuid[]))"


class _AnyDigest(_AnyOf):
    template = "(%(expressions)s::bytea[]))"


def any_of(name: str, ids: Iterable[Any]) -> Func:
    """Whether a column of UUIDs is one of very many, for `filter`."""
    return _AnyOf(F(name), Value(written(ids)), output_field=BooleanField())


def any_digest(name: str, digests: Iterable[bytes]) -> Func:
    """Whether a column of bytes (a blind index) is one of very many, for `filter`."""
    array = "{" + ",".join([rf"\\x{each.hex()}" for each in digests]) + "}"
    return _AnyDigest(F(name), Value(array), output_field=BooleanField())
