"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Encounters, responses, episodes and the inbox of raw envelopes."""

    name = "gongwei.records"
    label = "records"
    verbose_name = "服务记录"

    def ready(self) -> None:
        """Tell merging which tables follow a resident, and key rotation which column is sealed.

        All models, those of the programmes too, are loaded before any app is ready.
        """
        from gongwei.base import sealed
        from gongwei.records import (  # noqa: F401  (periodic: known to the job worker by import)
            episode_tags,
            following,
            periodic,
            received,
        )

        episode_tags.register()
        following.register_all()
        received.register_all()
        sealed.register("records_rawenvelope", "payload_cipher")
        sealed.register("records_draft", "content_cipher")
