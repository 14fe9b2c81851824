"""Is it alive, is it ready: for a load balancer or a supervisor. Says nothing about the data."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from gongwei.base import key_check, keys, scope
from gongwei.base.keys import KeyMissing

_migrated = False


@scope.unscoped
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@scope.unscoped
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Database reachable, its tables up to date, keys readable; otherwise 503 and the name of what is missing."""
    missing = [
        name
        for name, holds in (("database", _database), ("migrations", _tables), ("keys", _keys))
        if not holds()
    ]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return False
    return True


def _tables() -> bool:
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated


def _keys() -> bool:
    try:
        present = all(keys.keyring().current(purpose) for purpose in ("identity", "blind", "audit"))
        return present and key_check.opens()
    except (KeyMissing, OSError):
        return False
