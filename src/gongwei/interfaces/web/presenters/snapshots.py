"""Snapshots as plain words."""

from typing import Any

from gongwei.interfaces.web.presenters import running

TONES = {"complete": "gw-tag-lung", "failed": "gw-tag-pressure", "writing": "gw-tag-sugar"}


def size(count: int) -> str:
    """Bytes in words: 12.3 MB."""
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"


def snapshot(row: Any) -> dict[str, Any]:
    """One line of the list."""
    took = (
        (row.finished_at - row.started_at).total_seconds()
        if row.finished_at and row.state != "failed"
        else None
    )
    return {
        "id": row.id,
        "cut_at": row.cut_at or row.started_at,
        "kind": row.get_kind_display(),
        "changed": row.changed,
        "state": row.state,
        "state_words": row.get_state_display(),
        "tone": TONES.get(row.state, ""),
        "rows": row.rows if row.rows else None,
        "size": size(row.bytes) if row.bytes else "",
        "took": running.duration(took).removeprefix("约"),
        "reason": row.reason,
        "error": row.error_zh,
        "pinned": row.pinned,
        "digest": row.digest,
        "tables": len(row.tables),
    }
