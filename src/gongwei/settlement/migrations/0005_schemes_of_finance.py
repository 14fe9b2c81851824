"""Schemes hold no persons, and finance officers have no area: row-level security by area would hide them from who writes them."""

from django.db import migrations

from gongwei.base import rls

_GUARD = rls.EnableByArea("settlement_settlementscheme")


class Migration(migrations.Migration):
    """The policy of places decides who writes and reads schemes, as with budgets."""

    dependencies = [("settlement", "0004_runs")]

    operations = [migrations.RunSQL(sql=_GUARD.reverse_sql, reverse_sql=_GUARD.sql)]
