"""The app of tasks."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Due contacts, attempts and worklists."""

    name = "gongwei.tasks"
    label = "tasks"
    verbose_name = "待办"

    def ready(self) -> None:
        """Tell merging which tables follow a resident; periodic work is known to the job worker by import."""
        from gongwei.residents import merging
        from gongwei.tasks import periodic  # noqa: F401

        # A task of the same contact and anchor stays where it is: both are planned again after the merge.
        merging.register("tasks_task", area_column="area_key", clash_keys=("contact", "anchor"))
        merging.register("tasks_suspicion", area_column="area_key")
