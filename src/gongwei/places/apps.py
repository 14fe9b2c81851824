"""The app of places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Areas, organizations, practitioners, accounts, duties and grids."""

    name = "gongwei.places"
    label = "places"
    verbose_name = "区划、机构与人员"

    def ready(self) -> None:
        """Say which columns are sealed, and which follow when a division code changes."""
        from gongwei.base import sealed
        from gongwei.places import deciding, succession  # noqa: F401  (known to the job worker by import)

        sealed.register("places_practitionerphone", "phone_cipher", row_id="practitioner_id")
        succession.register("places_organization")
        succession.register("places_grid", grid_column="id")
