"""Areas and organizations in a snapshot, as they were called and stood under one another at its cut."""

import pyarrow as pa

from gongwei.snapshots.exports import Export

EXPORTS = (
    Export(
        "areas",
        "select a.key, a.last_key, a.level, a.parent_id, a.name, a.valid_until from places_area a",
        pa.schema(
            [
                ("area_key", pa.int64()),
                ("last_key", pa.int64()),
                ("level", pa.string()),
                ("parent_key", pa.int64()),
                ("name", pa.string()),
                ("valid_until", pa.date32()),
            ]
        ),
    ),
    Export(
        "organizations",
        "select o.id, o.code, o.name, o.kind, o.parent_id, o.area_key from places_organization o",
        pa.schema(
            [
                ("organization_id", pa.string()),
                ("code", pa.string()),
                ("name", pa.string()),
                ("kind", pa.string()),
                ("parent_id", pa.string()),
                ("area_key", pa.int64()),
            ]
        ),
    ),
)
