"""The app of evaluation."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """How institutions are judged: schemes, rounds, scores, sampling, rectification, decided fraud, appeals."""

    name = "gongwei.evaluation"
    label = "evaluation"
    verbose_name = "绩效评价"

    def ready(self) -> None:
        """Let persons drawn follow a merge, places follow a new code, sealed files follow a new key."""
        from gongwei.base import sealed
        from gongwei.evaluation import jobs  # noqa: F401  (known to the job worker by import)
        from gongwei.places import succession
        from gongwei.residents import merging

        merging.register("evaluation_sampledperson", "resident_id", area_column="area_key")
        for table, column in (
            ("evaluation_scheme", "county_key"),
            ("evaluation_round", "scope_key"),
            ("evaluation_round", "county_key"),
            ("evaluation_sheet", "seat_key"),
            ("evaluation_sample", "area_key"),
            ("evaluation_frauddecision", "seat_key"),
            ("evaluation_issue", "seat_key"),
            ("evaluation_appeal", "seat_key"),
            ("evaluation_evidence", "seat_key"),
        ):
            succession.register(table, column)
        sealed.register("evaluation_evidence", "content_cipher")
