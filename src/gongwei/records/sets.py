"""Many ids in one condition: as one array, which neither Django nor the driver has to write out one by one."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func, Value


class _AnyOf(Func):
    arg_joiner = " = any("
    template = "(%(expressions)s::uuid[]))"


def any_of(name: str, ids: Iterable[Any]) -> Func:
    """Whether a column of UUIDs is one of very many, for `filter`."""
    written = "{" + ",".join(map(str, ids)) + "}"
    return _AnyOf(F(name), Value(written), output_field=BooleanField())
