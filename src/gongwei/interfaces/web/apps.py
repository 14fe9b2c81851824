"""The app of the pages; it has no tables."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages in the browser."""

    name = "gongwei.interfaces.web"
    label = "web"
    verbose_name = "页面"
