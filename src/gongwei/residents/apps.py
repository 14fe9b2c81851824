"""The app of residents."""

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """Residents and households, their identity, life cycle and search."""

    name = "gongwei.residents"
    label = "residents"
    verbose_name = "居民与家庭"

    def ready(self) -> None:
        """Tell key rotation, merging and the succession of areas which columns are theirs."""
        from gongwei.places import succession
        from gongwei.residents import merging, periodic, sealing  # noqa: F401  (known to the job worker by import)

        sealing.register_columns()
        merging.register_own_tables()
        # Rows of records follow by ON UPDATE CASCADE of (id, area_key).
        succession.register("residents_resident", grid_column="grid_id")
        succession.register("residents_household", grid_column="grid_id")
