"""The app of findings."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Checks run over the records, and what became of what they found."""

    name = "gongwei.quality"
    label = "quality"
    verbose_name = "质量核查"

    def ready(self) -> None:
        """Tell merging which table follows a resident."""
        from gongwei.residents import merging

        # A finding about the file that the survivor has too stays where it is; those about records follow these.
        merging.register(
            "quality_finding",
            area_column="area_key",
            clash_keys=("rule", "key"),
            clash_where="response_id is null",
        )
