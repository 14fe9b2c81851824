"""All addresses of the system."""

from django.urls import include, path

from gongwei.base import health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("gongwei.interfaces.web.urls")),
]

handler400 = "gongwei.base.error_pages.bad_request"
handler403 = "gongwei.base.error_pages.permission_denied"
handler404 = "gongwei.base.error_pages.page_not_found"
handler500 = "gongwei.base.error_pages.server_error"
