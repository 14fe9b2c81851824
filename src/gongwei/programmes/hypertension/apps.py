"""The app of 高血压患者健康管理."""

from django.apps import AppConfig


class HypertensionConfig(AppConfig):
    """高血压患者健康管理."""

    name = "gongwei.programmes.hypertension"
    label = "hypertension"
    verbose_name = "高血压患者健康管理"
