"""Keys of these tests live in a folder of their own."""

import pytest

from gongwei.base import key_check


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path, monkeypatch):
    """No database here, so nothing in it can have been made with a key."""
    settings.HOME = tmp_path
    monkeypatch.setattr(key_check, "in_use", lambda purpose: False)
