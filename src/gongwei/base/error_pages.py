"""What people see when a page cannot be shown: plain Chinese, a way on, never a stack trace."""

from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.html import escape
from django.views.decorators.csrf import requires_csrf_token

from gongwei.base import ids

_PAGES: dict[int, tuple[str, str]] = {
    400: ("请求无法处理", "提交的内容不完整或已损坏，请返回上一页重试。"),
    403: ("没有权限", "您当前的岗位不能进行这项操作。如确需办理，请切换岗位或联系本机构管理员。"),
    404: ("没有找到", "您要找的页面或记录不存在，或不在您的管辖范围内。"),
    500: ("系统出错", "您刚才的操作没有保存，请稍后重试。如仍然出错，请把下面的编号告诉管理员。"),
    503: ("系统繁忙", "系统暂时无法响应，您刚才的操作没有保存，请稍后重试。"),
}


def page(request: HttpRequest, code: int) -> HttpResponse:
    """Render `errors/<code>.html` (code, title, message, reference), or plain HTML when it cannot be rendered."""
    title, message = _PAGES[code]
    reference = str(ids.uuid7()) if code >= 500 else ""
    context = {"code": code, "title": title, "message": message, "reference": reference}
    try:
        # Without the request, so that no context processor asks the database that may just have failed.
        content = loader.render_to_string(f"errors/{code}.html", context, None if code >= 500 else request)
    except TemplateDoesNotExist:
        content = _plain(context)
    except Exception:
        if code < 500:
            return page(request, 500)
        content = _plain(context)
    response = HttpResponse(content, status=code)
    if reference:
        response["X-Reference"] = reference
    return response


def _plain(context: dict[str, object]) -> str:
    body = "".join(f"<p>{escape(context[key])}</p>" for key in ("message", "reference") if context[key])
    title = escape(context["title"])
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><h1>{title}</h1>{body}<p><a href="/">返回首页</a></p></html>'
    )


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return page(request, 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return page(request, 403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; the path that was asked for is not repeated."""
    return page(request, 404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return page(request, 500)
