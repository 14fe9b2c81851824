"""The query bar of the list of residents: what is in the address, what is not, saved filters and chosen columns.

A name or an identity number never stands in an address, where it would be kept by histories and logs: it is sealed
into the session, and the address carries a token. Saved filters and columns are kept for the account; they hold no
personal data either.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from gongwei.base import ids, preferences, sealed
from gongwei.interfaces.web import pages, typing_in
from gongwei.places import division_codes
from gongwei.places import queries as places
from gongwei.residents import states
from gongwei.residents.queries import Filters

SESSION_NAME, PREFERENCE = "gongwei.find", "residents"
#: What may stand in an address.
PLAIN = ("organization", "tag", "status", "age_from", "age_to", "sex", "residence_type", "sort", "size")
PERSONAL = ("name", "id_number")
SORTS = {"name_sort": "姓名", "record_no": "档案编号", "birth_date": "出生日期", "filed_on": "建档日期"}
SIZES = (20, 50, 100)
COLUMNS = {
    "tags": "人群分类",
    "id_number": "证件号码",
    "phone": "电话",
    "area": "现住村（居）",
    "address": "现住址",
    "organization": "管理机构",
    "doctor": "责任医生",
    "status": "状态",
    "record_no": "档案编号",
    "filed_on": "建档日期",
}
FIRST_COLUMNS = ("tags", "id_number", "phone", "area", "organization", "doctor", "status", "record_no")
MOST_SAVED = 12
_MANY_BELOW = {"county_commission", "township_centre", "community_centre", "guidance_centre", "cdc", "mch"}


@dataclass(frozen=True)
class Bar:
    """The query bar as asked for."""

    filters: Filters
    sort: str = "name_sort"
    size: int = 20
    organization: Any = None
    personal: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def read(request: HttpRequest) -> Bar:
    """Read the address and the sealed part; nonsense is left out."""
    given = request.GET
    personal = opened(request)
    organization = None
    if key := pages.uuid_of(given.get("organization")):
        organization = places.organization(key)
    area_from = area_to = None
    exactly: UUID | None = None
    if organization is not None and organization.kind in _MANY_BELOW:
        area_from, area_to = organization.area_id, division_codes.last(organization.area_id)
    elif organization is not None:
        exactly = organization.id
    sort = given.get("sort", "")
    size = given.get("size", "")
    filters = Filters(
        name=personal.get("name", ""),
        id_number=personal.get("id_number", ""),
        area_from=area_from,
        area_to=area_to,
        organization_id=exactly,
        tags=tuple(tag for tag in given.getlist("tag") if len(tag) == 4),
        statuses=tuple(status for status in given.getlist("status") if status in states.STATES),
        age_from=_age(given.get("age_from")),
        age_to=_age(given.get("age_to")),
        sex=given.get("sex", "") if given.get("sex") in ("1", "2") else "",
        residence_type=given.get("residence_type", "") if given.get("residence_type") in ("1", "2") else "",
    )
    return Bar(
        filters,
        sort if sort.removeprefix("-") in SORTS else "name_sort",
        int(size) if size in {str(each) for each in SIZES} else SIZES[0],
        organization,
        personal,
    )


def _age(text: str | None) -> int | None:
    digits = typing_in.narrow(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= 150 else None


def address(request: HttpRequest, plain: tuple[str, ...] = PLAIN) -> str:
    """The query string for what was posted; its personal part goes into the session."""
    query = QueryDict(mutable=True)
    for name in plain:
        values = [value for value in request.POST.getlist(name) if value]
        if values:
            query.setlist(name, values)
    personal = {
        name: request.POST.get(name, "").strip()[:60]
        for name in PERSONAL
        if request.POST.get(name, "").strip()
    }
    if personal:
        query["find"] = _seal(request, personal)
    return query.urlencode()


def _seal(request: HttpRequest, personal: dict[str, str]) -> str:
    token = str(ids.uuid7())
    body = sealed.encrypt(json.dumps(personal), table="web_find", column="body", row_id=token)
    kept = dict(request.session.get(SESSION_NAME, {}))
    kept[token] = base64.b64encode(body or b"").decode()
    # A handful is enough to go back a few pages.
    request.session[SESSION_NAME] = dict(list(kept.items())[-8:])
    return token


def opened(request: HttpRequest) -> dict[str, str]:
    """The personal part of a query whose token stands in the address."""
    token = request.GET.get("find", "")
    body = request.session.get(SESSION_NAME, {}).get(token)
    if body is None:
        return {}
    try:
        text = sealed.decrypt(base64.b64decode(body), table="web_find", column="body", row_id=token)
    except sealed.Tampered:
        return {}
    return json.loads(text or "{}")


@dataclass
class Liking:
    """What somebody likes of the list: columns and saved filters (name, query string)."""

    columns: tuple[str, ...] = FIRST_COLUMNS
    saved: list[tuple[str, str]] = field(default_factory=list)


def liking(request: HttpRequest) -> Liking:
    """What the account keeps; anything unreadable is the ordinary list."""
    stored = preferences.of(request.actor.account_id, PREFERENCE) or {}
    try:
        return Liking(
            tuple(name for name in stored["columns"] if name in COLUMNS),
            [(str(name), str(query)) for name, query in stored["saved"]][:MOST_SAVED],
        )
    except (KeyError, TypeError, ValueError):
        return Liking()


def remember(request: HttpRequest, liked: Liking) -> None:
    """Keep it for the account, in whatever browser the person signs in."""
    value = {"columns": list(liked.columns), "saved": [list(each) for each in liked.saved[:MOST_SAVED]]}
    preferences.keep(request.actor.account_id, PREFERENCE, value)


def without_personal(query: str) -> str:
    """A query string as it may be saved: what may stand in an address, no page, no token."""
    given, kept = QueryDict(query), QueryDict(mutable=True)
    for name in PLAIN:
        if given.getlist(name):
            kept.setlist(name, given.getlist(name))
    return kept.urlencode()
