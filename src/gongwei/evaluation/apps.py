"""The app of evaluation."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """How institutions are judged: schemes, rounds, scores, sampling, rectification, decided fraud, appeals."""

    name = "gongwei.evaluation"
    label = "evaluation"
    verbose_name = "绩效评价"
