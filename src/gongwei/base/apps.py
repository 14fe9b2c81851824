"""The ground every app stands on: ids, clock, audit trail, sealed columns, jobs, change feed."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Django's entry for the ground floor."""

    name = "gongwei.base"
    label = "base"
    verbose_name = "基础设施"
