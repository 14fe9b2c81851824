"""Many keys in one condition: as one array, which neither Django nor the driver has to write out one by one."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func, Value


class _AnyOf(Func):
    arg_joiner = " = any("
    template = "(%(expressions)s::uuid[]))"


class _AnyDigest(_AnyOf):
    template = "(%(expressions)s::bytea[]))"


def any_of(name: str, ids: Iterable[Any]) -> Func:
    """Whether a column of UUIDs is one of very many, for `filter`."""
    written = "{" + ",".join(map(str, ids)) + "}"
    return _AnyOf(F(name), Value(written), output_field=BooleanField())


def any_digest(name: str, digests: Iterable[bytes]) -> Func:
    """Whether a column of bytes (a blind index) is one of very many, for `filter`."""
    written = "{" + ",".join([rf"\\x{each.hex()}" for each in digests]) + "}"
    return _AnyDigest(F(name), Value(written), output_field=BooleanField())
