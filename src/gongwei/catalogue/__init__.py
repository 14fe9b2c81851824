"""Finds programmes and policies; answers "which form, measure, price?"."""

from gongwei.catalogue.packages import programme_packages

__all__ = ["programme_packages"]
