"""The app of places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Areas, organizations, practitioners, accounts, duties and grids."""

    name = "gongwei.places"
    label = "places"
    verbose_name = "区划、机构与人员"
