"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Encounters, responses, episodes and the inbox of raw envelopes."""

    name = "gongwei.records"
    label = "records"
    verbose_name = "服务记录"

    def ready(self) -> None:
        """Tell `residents.merging` which tables follow a resident when duplicates are merged."""
        from gongwei.records import following

        following.register_all()
