"""The app of findings."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Checks run over the records, and what became of what they found."""

    name = "gongwei.quality"
    label = "quality"
    verbose_name = "质量核查"
