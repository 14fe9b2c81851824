"""Error pages: Chinese, no stack trace, nothing of what was asked for."""

import pytest
from django.test import RequestFactory

from gongwei.base import error_pages


@pytest.mark.parametrize(
    ("code", "word"),
    [(400, "无法处理"), (403, "没有权限"), (404, "没有找到"), (500, "系统出错"), (503, "系统繁忙")],
)
def test_pages_are_chinese_and_keep_their_code(code, word, settings):
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": False}]
    response = error_pages.page(RequestFactory().get("/residents/?q=110101199003070134"), code)
    text = response.content.decode()
    assert response.status_code == code
    assert word in text
    assert "110101" not in text
    assert "Traceback" not in text
    assert ("X-Reference" in response) == (code >= 500)
