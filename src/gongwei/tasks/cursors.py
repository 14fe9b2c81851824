"""Where a list by day goes on: the day and the id of the last row shown, as text for an address."""

import base64
import datetime as dt
import json
from uuid import UUID

from gongwei.base.problems import Refused


def written(day: dt.date, id: UUID) -> str:
    """The place after this row."""
    return base64.urlsafe_b64encode(json.dumps([day.isoformat(), str(id)]).encode()).decode()


def read(text: str) -> tuple[dt.date, UUID]:
    """Day and id of the last row shown. Raises Refused for a text that is none."""
    try:
        day, key = json.loads(base64.urlsafe_b64decode(text.encode()))
        return dt.date.fromisoformat(day), UUID(key)
    except (ValueError, TypeError):
        raise Refused("翻页位置有误，请从第一页重新打开", code="cursor") from None
