"""What every page server needs again and again, made once before its workers are forked: they share it.

A worker that compiled templates and drew the forms itself would let the first dozen people after each start wait.
"""

from django.template.loader import get_template

from gongwei import catalogue
from gongwei.interfaces.web import plates, rules
from gongwei.language import types
from gongwei.records import deciding
from gongwei.residents import codes

#: The pages of daily work and what they are put together from.
TEMPLATES = (
    "web/home.html",
    "web/parts/error_summary.html",
    "web/parts/frame.html",
    "web/parts/item.html",
    "web/parts/job_badge.html",
    "web/parts/messages.html",
    "web/parts/person_menu.html",
    "web/parts/sending.html",
    "web/parts/serve_aside.html",
    "web/parts/sheet.html",
    "web/parts/tags.html",
    "web/response.html",
    "web/serve.html",
    "web/worklists/nothing.html",
    "web/worklists/row.html",
    "web/worklists/worklist.html",
)


def warm() -> None:
    """Read the code tables; compile the templates of daily work; of the contacts that come again draw the forms, write their rules for the browser
    and compile them for the server.

    Asks no database: it runs before there is a connection.
    """
    codes.tables()
    for name in TEMPLATES:
        get_template(name)
    for form in {contact.form for contact in catalogue.contacts() if contact.every is not None}:
        if form.about is types.RESIDENT:
            plates.parts(form)
            rules.of(form.code)
            deciding.make_ready([form.code])
