"""Keys of these tests live in a folder of their own."""

import pytest


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.HOME = tmp_path
