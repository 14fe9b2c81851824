"""Divisions and their history as plain words."""

from collections.abc import Iterable, Mapping
from typing import Any

from gongwei.places import deciding, division_codes

LEVELS = {"province": "省级", "city": "市级", "county": "县级", "township": "乡级", "village": "村级"}


def kind_words(area: Any) -> str:
    """What an area is: 县级, 街道, 乡镇, 居委会, 村委会."""
    if area.level == "village":
        return "居委会" if area.urban else "村委会"
    if area.level == "township":
        return "街道" if area.urban else "乡镇"
    return LEVELS[area.level]


def line(area: Any, names: Mapping[int, str] | None = None) -> dict[str, Any]:
    """One area for a list; `names`: by the names of another day."""
    return {
        "key": area.key,
        "code": area.code,
        "name": (names or {}).get(area.key, area.name),
        "kind": kind_words(area),
        "segment": area.record_segment or "",
        "urban_rural": _urban_rural(area.urban_rural_code),
        "valid_from": area.valid_from,
        "valid_until": area.valid_until,
    }


def _urban_rural(code: str | None) -> str:
    return f"{code} {division_codes.URBAN_RURAL[code]}" if code in division_codes.URBAN_RURAL else ""


def changes(found: Iterable[Any], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Decisions, each with what there was and what there is; `names` of the areas they speak of."""
    return [
        {
            "on": one.on_date,
            "kind": one.get_kind_display(),
            "document": one.document,
            "before": _named(one.from_areas, names),
            "after": _named(one.to_areas, names),
            "moved": "、".join(
                f"{deciding.table_name(table)} {count:,}" for table, count in sorted(one.moved.items())
            ),
            "recorded_at": one.recorded_at,
        }
        for one in found
    ]


def _named(keys: Iterable[int], names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {"key": key, "name": names.get(key, ""), "code": division_codes.text(key)} for key in sorted(keys)
    ]


def keys_of(found: Iterable[Any]) -> set[int]:
    """The codes some decisions speak of."""
    return {key for one in found for key in (*one.from_areas, *one.to_areas)}
