"""Which tables go into a snapshot: every app says it for its own in `<app>/exports.py`, and none is named here.

    EXPORTS = (Export("episodes", "select e.resident_id, e.kind ... where {only}", schema, resident="e.resident_id"),)

No names, identity numbers or telephones of residents, and no words somebody typed, for they may hold any of these: only
that there were some (`MARK`). An id is `string` in the schema, as the columnar engine calls it,
and is stored as UUID: sixteen bytes, which DuckDB joins much faster than text.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from django.apps import apps

#: Stands for words that were typed and stay in the database.
MARK = "…"
#: How rows lie in the files, so that one village is read without the others.
BY_PLACE = ("area_key", "subject_id")


@dataclass(frozen=True)
class Export:
    """One table of a snapshot.

    Attributes:
        name: what it is called there.
        select: SQL for PostgreSQL that gives the columns of `schema` in order; `{only}` stands where the condition
            "only these residents" goes. No trailing order: rows are sorted while they are written.
        schema: the columns as the columnar engine knows them. Every table about residents has `subject_id`.
        resident: the SQL expression of the resident's id in `select`; empty for a table about no resident, which is
            small and written whole each time.
        order: the columns the rows are sorted by.
        words: of columns that hold rows of a table in a form, the parts that are typed words and are replaced by `MARK`;
            in other columns `select` does it.
        formerly: columns that snapshots made before have in another table about residents: its name and column there.
    """

    name: str
    select: str
    schema: pa.Schema
    resident: str = ""
    order: tuple[str, ...] = BY_PLACE
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    formerly: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same question and columns: an increment fits only on a base that asked the same."""
        words = [f"{name}: {sorted(parts)}" for name, parts in sorted(self.words.items())]
        told = "\n".join([self.select, self.resident, *self.order, str(self.schema), *words])
        return hashlib.sha256(told.encode()).hexdigest()

    def asked(self, condition: str = "true") -> str:
        """The query with a condition on the residents put in."""
        return self.select.replace("{only}", condition)


def every() -> tuple[Export, ...]:
    """The tables of all installed apps, in the order of the apps.

    Raises:
        ValueError: two tables of one name, or one about residents without their id.
    """
    found: dict[str, Export] = {}
    for app in apps.get_app_configs():
        name = f"{app.name}.exports"
        if name == __name__ or importlib.util.find_spec(name) is None:
            continue
        for each in getattr(importlib.import_module(name), "EXPORTS", ()):
            if each.name in found:
                raise ValueError(f"{name}: a snapshot has a table {each.name!r} already")
            if each.resident and ("subject_id" not in each.schema.names or "{only}" not in each.select):
                raise ValueError(f"{name}: {each.name} needs subject_id and {{only}}, being about residents")
            found[each.name] = each
    return tuple(found.values())
