"""Logs without personal data: no query strings, no request bodies, no parameters of statements, no long numbers."""

import logging
import re
import traceback

from django.db import Error as DatabaseFault

_QUERY = re.compile(r"\?[^\s\"']*")
_NUMBER = re.compile(r"[0-9]{3,}[0-9]{4,}[0-9Xx]")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class WithoutPersonalData(logging.Filter):
    """Takes out of a log record what could name a person; what is left says where and what, not whom.

    A database error's own text holds values (`Key (id_key)=(...) already exists`): only its SQLSTATE, table and
    constraint are kept. Statements of `django.db.backends` lose their parameters.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; it is always kept."""
        if record.name.startswith("django.db.backends"):
            record.msg, record.args = "statement took %.3f s", (getattr(record, "duration", 0.0) or 0.0,)
        else:
            record.msg, record.args = clean(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = clean_traceback(record.exc_info[1])
            record.exc_info = None
        record.__dict__.pop("request", None)
        return True


def clean(text: str) -> str:
    """Return a text without query strings and without numbers of eight or more digits (ids stay)."""
    text = _QUERY.sub("?…", text)
    kept: list[str] = []
    last = 0
    for found in _UUID.finditer(text):
        kept += [_NUMBER.sub("…", text[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*kept, _NUMBER.sub("…", text[last:])])


def clean_traceback(fault: BaseException) -> str:
    """Return where a fault arose, and its text only when it cannot hold values of the database."""
    lines: list[str] = []
    seen: BaseException | None = fault
    while seen is not None:
        lines += [line.rstrip("\n") for line in traceback.format_tb(seen.__traceback__)]
        lines.append(f"{type(seen).__name__}: {_text_of(seen)}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
        if seen is not None:
            lines.append("caused by:")
    return "\n".join(lines)


def _text_of(fault: BaseException) -> str:
    diagnostic = getattr(fault, "diag", None)
    if diagnostic is not None:
        parts = (diagnostic.sqlstate, diagnostic.table_name, diagnostic.constraint_name)
        return " ".join(part for part in parts if part)
    if isinstance(fault, DatabaseFault):
        return "(see the cause)"
    return clean(str(fault))
