"""The app of residents."""

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """Residents and households, their identity, life cycle and search."""

    name = "gongwei.residents"
    label = "residents"
    verbose_name = "居民与家庭"

    def ready(self) -> None:
        """Tell key rotation which columns are sealed."""
        from gongwei.residents import sealing

        sealing.register_columns()
