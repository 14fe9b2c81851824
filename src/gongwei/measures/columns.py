"""The database face of measures: one table per programme, one row per resident and year, one column per named part.

    PersonYear = columns.person_year_for(MEASURES, module=__name__)      # in a programme's models.py

A row stands for a resident whom some measure of the programme is about in that calendar year; each part is true, false or
NULL (not known). All of it is derived and can be built again. `organization_id`, `doctor_id` and `area_key` are those
the row was counted under, so that a figure can be moved by the difference of the old and the new row: they follow the
resident through the change feed and not by a foreign key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models

from gongwei.base import rls
from gongwei.catalogue import digests
from gongwei.language.errors import DefinitionError
from gongwei.language.measures import Fact, Measure
from gongwei.language.types import TRUTH
from gongwei.residents.models import Resident

#: Names a fact's code cannot have: the table's own columns and Django's own attributes.
TAKEN = {
    "pk", "id", "resident", "resident_id", "year", "area_key", "organization", "organization_id", "doctor", "doctor_id",
    "objects", "save", "delete", "clean", "check",
}  # fmt: skip


def facts(measures: Iterable[Measure]) -> dict[str, Fact]:
    """Every named part of some measures by its column (`fact.code`), in order; a part several measures share stands once.

    Raises:
        DefinitionError: a part without a code, one that is no condition, or two different parts under one code.
    """
    found: dict[str, Fact] = {}
    for measure in measures:
        for fact in measure.facts:
            if not fact.code:
                raise DefinitionError(
                    f"{measure.code}: write code= for the part {fact.label}; it names a column"
                )
            if fact.code in TAKEN or fact.value_type != TRUTH:
                raise DefinitionError(
                    f"{measure.code}: {fact.code} cannot be a column of the person-year table"
                )
            known = found.setdefault(fact.code, fact)
            if known is not fact and digests.digest(known.node) != digests.digest(fact.node):
                raise DefinitionError(f"{measure.code}: two different parts have the code {fact.code}")
    return found


class PersonYear(models.Model):
    """One resident in one calendar year, with a column for every named part of the measures of one programme."""

    pk = models.CompositePrimaryKey("resident_id", "year")
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="居民",
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="居民",
    )
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    area_key = models.BigIntegerField("居住区划", db_comment="计入的村（居）委会12位区划代码")
    organization_id = models.UUIDField("管理机构", null=True, blank=True, db_comment="计入的管理机构编号")
    doctor_id = models.UUIDField("责任医生", null=True, blank=True, db_comment="计入的责任医生编号")

    class Meta:
        abstract = True


@dataclass(frozen=True, eq=False)
class Table:
    """A person-year table: whose programme's, the measures it was made for, and its parts by column."""

    programme: str
    model: type[PersonYear]
    measures: tuple[Measure, ...]
    facts: Mapping[str, Fact]

    @property
    def name(self) -> str:
        """The name of the table in the database."""
        return str(self.model._meta.db_table)


_tables: dict[str, Table] = {}


def person_year_for(measures: Iterable[Measure], *, module: str) -> type[PersonYear]:
    """The person-year model of a programme's measures, in the app of `module`; table `<app>_personyear`.

    Raises:
        DefinitionError: the app has one already, or a part cannot be a column (`facts`).
    """
    label = module.split(".")[-2]
    if label in _tables:
        raise DefinitionError(f"{label} has a person-year table already")
    measures = tuple(measures)
    named = facts(measures)
    meta = type(
        "Meta",
        (),
        {
            "app_label": label,
            "db_table": f"{label}_personyear",
            "db_table_comment": "居民年度事实：每位居民每年一行，每个指标组成部分一列（由记录推算，可重建）",
            "verbose_name": "居民年度事实",
            "indexes": [models.Index(fields=["area_key", "year"], name=f"{label}_person_year"[:30])],
        },
    )
    parts = {
        code: models.BooleanField(fact.label, null=True, blank=True, db_comment=fact.label.replace("%", "％"))
        for code, fact in named.items()
    }
    doc = "One resident in one calendar year, with every named part of the programme's measures."
    model = type("PersonYear", (PersonYear,), {"__module__": module, "__doc__": doc, "Meta": meta, **parts})
    _tables[label] = Table(label, model, measures, named)
    return model


def tables() -> tuple[Table, ...]:
    """Every person-year table, by programme."""
    return tuple(_tables[label] for label in sorted(_tables))


def table_of(measure: Measure) -> Table:
    """The person-year table that holds all parts of a measure.

    Raises:
        LookupError: none does.
    """
    for table in tables():
        if measure in table.measures:
            return table
    raise LookupError(
        f"{measure.code} has no person-year table; add person_year_for(...) to its programme's models.py"
    )


def protect(table: str) -> list[rls.EnableByCondition | rls.GrantOnly]:
    """Migration operations for a person-year table: reached by its area; requests only read it, the follower writes."""
    return [rls.EnableByArea(table), rls.GrantOnly(table, "SELECT")]
