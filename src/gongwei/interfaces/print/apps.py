"""The app of the printed forms; it has no tables."""

from django.apps import AppConfig


class PrintConfig(AppConfig):
    """Forms, reports and lists on paper."""

    name = "gongwei.interfaces.print"
    label = "print"
    verbose_name = "打印"

    def ready(self) -> None:
        """Make the printing job known to the worker."""
        from gongwei.interfaces.print import village  # noqa: F401  (Django must be ready first)
