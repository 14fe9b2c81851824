"""Packages as plain words."""

from collections.abc import Mapping
from typing import Any

from gongwei.base.actors import Actor
from gongwei.interfaces.packages import order, queries, totals

#: States in which a job is at work.
_BUSY = ("checking", "applying", "undoing")


def listed(found: Any) -> dict[str, Any]:
    """A package in a list."""
    return {
        "id": found.id,
        "name": found.name,
        "state_words": found.get_state_display(),
        "files": found.files,
        "total": found.counts.get("total", 0),
        "applied": found.counts.get("applied", 0),
        "waiting": found.counts.get("waiting", 0),
        "rejected": found.counts.get("rejected", 0),
        "prepared_by": found.actor.get("name", ""),
        "created_at": found.created_at,
    }


def package(actor: Actor, found: Any, told: queries.Report, busy: bool) -> dict[str, Any]:
    """A package on its own page: what it is, what became of its rows, and what may be done now."""
    counts = told.counts
    ready = counts.get("accepted", 0) + counts.get("questioned", 0)
    return {
        **listed(found),
        "state": found.state,
        "place": found.place,
        "size": f"{found.size / 2**20:,.1f} MB" if found.size >= 2**20 else f"{found.size / 1024:,.0f} KB",
        "problem": found.problem,
        "notes": found.notes,
        "approved_by": (found.approver or {}).get("name", ""),
        "approved_at": found.approved_at,
        "applied_at": found.applied_at,
        "undone_at": found.undone_at,
        "parts": parts(counts),
        "balanced": told.balanced,
        "sheets": [_sheet(each) for each in told.sheets],
        "unknown": len(told.unknown),
        "ready": ready,
        "busy": busy or found.state in _BUSY,
        "may_check": found.state in ("received", "checking") and not busy,
        "may_approve": queries.may_approve(actor, found),
        "waits_for_approval": found.state == "checked" and not queries.may_approve(actor, found),
        "may_apply": not busy
        and (found.state == "approved" or (found.state in ("applied", "applying") and ready > 0)),
        "may_undo": not busy and found.state in ("applied", "applying", "undoing"),
        "may_discard": found.state in ("received", "checked", "approved", "refused"),
        "may_see_rows": queries.may_see_rows(actor, found),
        "not_written": counts.get("rejected", 0) + counts.get("waiting", 0),
    }


def parts(counts: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """(title, rows, state) of the parts that are not empty."""
    return [(totals.TITLES[each], counts[each], each) for each in totals.PARTS if counts.get(each)]


def _sheet(each: queries.SheetReport) -> dict[str, Any]:
    blocking = [kind for kind in each.kinds if kind["severity"] == "block"]
    return {
        "id": each.id,
        "file": each.file,
        "sheet": each.sheet,
        "title": each.title,
        "state_words": each.state_title,
        "read": each.state in ("checked", "applied", "mapping"),
        "counts": each.counts,
        "total": each.counts.get("total", 0),
        "ready": each.counts.get("accepted", 0) + each.counts.get("questioned", 0),
        "balanced": each.balanced,
        "problem": each.problem,
        "notes": each.notes,
        "reasons": blocking[:8],
    }


def tabs(upload: Any, state: str) -> list[dict[str, Any]]:
    """The states the rows of a sheet can be looked at by."""
    return [
        {"state": name, "title": title, "count": count, "here": name == state}
        for title, count, name in parts(upload.counts)
    ]


def sheet(upload: Any) -> dict[str, Any]:
    """One sheet on its own page."""
    name = upload.sheets[0]["name"] if upload.sheets else ""
    return {
        "id": upload.id,
        "file": upload.file_name,
        "sheet": name,
        "title": order.title(upload.code),
        "known": bool(upload.code),
        "headings": [each for each in upload.sheets[0]["headings"] if each][:8] if upload.sheets else [],
    }
