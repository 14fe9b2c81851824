"""The app of 老年人健康管理."""

from django.apps import AppConfig


class OlderPeopleConfig(AppConfig):
    """老年人健康管理."""

    name = "gongwei.programmes.older_people"
    label = "older_people"
    verbose_name = "老年人健康管理"
