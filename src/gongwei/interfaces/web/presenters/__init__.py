"""Presenters: from rows and values to the plain words a template shows."""
