"""The app of measures."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Runs over snapshots, their reports, and what else a figure needs to be read."""

    name = "gongwei.measures"
    label = "measures"
    verbose_name = "指标"

    def ready(self) -> None:
        """Periodic work is known to the job worker by import."""
        from gongwei.measures import jobs, live_periodic  # noqa: F401
