"""The app of the health record."""

from django.apps import AppConfig


class HealthRecordConfig(AppConfig):
    """居民健康档案管理."""

    name = "gongwei.programmes.health_record"
    label = "health_record"
    verbose_name = "居民健康档案管理"
