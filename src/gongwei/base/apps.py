"""The ground every app stands on: ids, clock, audit trail, sealed columns, jobs, change feed."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Django's entry for the ground floor."""

    name = "gongwei.base"
    label = "base"
    verbose_name = "基础设施"

    def ready(self) -> None:
        """Make the periodic work known to the job worker."""
        from gongwei.base import periodic, rotation  # noqa: F401  (Django must be ready first)
