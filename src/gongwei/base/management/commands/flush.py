"""`flush`, in place of Django's: never on a real database, and able to empty append-only tables of a test one."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction

_GUARDED = """
select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgfoid = 'base_refuse_change'::regproc and not t.tgisinternal
"""


class Command(DjangoFlush):
    """Empty a test database (its name begins with `test_`); any other is refused."""

    def handle(self, **options: Any) -> None:
        """Lift the guards of append-only tables, empty everything, put the guards back."""
        connection = connections[options["database"]]
        if not str(connection.settings_dict["NAME"]).startswith("test_"):
            raise CommandError("不允许清空正式数据库：健康档案和审计记录只增不减。")
        with connection.cursor() as cursor:
            cursor.execute(_GUARDED)
            guards = cursor.fetchall()
        with transaction.atomic(using=options["database"]):
            self._switch(connection, guards, "disable")
            super().handle(**options)
            with connection.cursor() as cursor:  # Django does not know the queue's tables as its own
                cursor.execute("truncate procrastinate_jobs, procrastinate_workers restart identity cascade")
            self._switch(connection, guards, "enable")

    def _switch(self, connection: Any, guards: list[tuple[str, str]], how: str) -> None:
        with connection.cursor() as cursor:
            for table, trigger in guards:
                cursor.execute(f'alter table "{table}" {how} trigger "{trigger}"')
