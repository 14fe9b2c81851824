"""`flush`, in place of Django's: never on a real database, and able to empty append-only tables of a test one.

Only tables that hold rows are emptied (with what points to them), and content types stay as migrations made them: the tests run
it some hundred times, and Django's own way takes most of a second with as many tables as there are here.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from psycopg import sql

_GUARDED = """
select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgfoid = 'base_refuse_change'::regproc and not t.tgisinternal
"""
#: What migrations and Django put there itself, the same for every test.
_KEPT = {"django_migrations", "django_content_type", "auth_permission"}
_QUEUE = ("procrastinate_jobs", "procrastinate_workers")


class Command(BaseCommand):
    """Empty a test database (its name begins with `test_`); any other is refused."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what Django's test cases pass."""
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)

    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate")

    def handle(self, **options: Any) -> None:
        """Lift the guards of append-only tables, empty what is not empty, put the guards back."""
        connection = connections[options["database"]]
        if not str(connection.settings_dict["NAME"]).startswith("test_"):
            raise CommandError("不允许清空正式数据库：健康档案和审计记录只增不减。")
        # Django does not know the queue's tables as its own.
        names = {
            *connection.introspection.django_table_names(only_existing=True, include_views=False),
            *_QUEUE,
        }
        with transaction.atomic(using=options["database"]), connection.cursor() as cursor:
            full = self._full(cursor, sorted(names - _KEPT))
            if not full:
                return
            cursor.execute(_GUARDED)
            guards = cursor.fetchall()
            self._switch(cursor, guards, "disable")
            tables = sql.SQL(", ").join(map(sql.Identifier, full))
            cursor.execute(sql.SQL("truncate {} cascade").format(tables))
            self._switch(cursor, guards, "enable")

    def _full(self, cursor: Any, names: list[str]) -> list[str]:
        """Those of the tables that hold a row."""
        asked = sql.SQL(" union all ").join(
            sql.SQL("select {} where exists (select from {})").format(sql.Literal(name), sql.Identifier(name))
            for name in names
        )
        cursor.execute(asked)
        return [row[0] for row in cursor.fetchall()]

    def _switch(self, cursor: Any, guards: list[tuple[str, str]], how: str) -> None:
        for table, trigger in guards:
            cursor.execute(f'alter table "{table}" {how} trigger "{trigger}"')
