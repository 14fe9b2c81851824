"""Behind a proxy the asker's address is what the proxy added; without one, nobody may claim an address."""

import pytest

from gongwei.interfaces.web import pages


@pytest.mark.parametrize(
    ("behind_proxy", "said", "address"),
    [
        (False, "10.0.0.9", "192.0.2.1"),
        (True, "203.0.113.5", "203.0.113.5"),
        (True, "1.2.3.4, 203.0.113.5", "203.0.113.5"),
        (True, "", "192.0.2.1"),
        (True, "not an address", "192.0.2.1"),
    ],
)
def test_address(rf, settings, behind_proxy, said, address):
    settings.SESSION_COOKIE_SECURE = behind_proxy
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=said)
    assert pages.address_of(request) == address
