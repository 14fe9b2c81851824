"""The residents in a snapshot: what definitions may ask of them, and where each belongs. No names, numbers, telephones."""

import pyarrow as pa

from gongwei.engines import columnar_schemas
from gongwei.snapshots.exports import Export

#: The attributes in the order of `language.attributes`, as `records.judgement.attributes` says them for one resident.
ATTRIBUTES = """
r.sex, r.birth_date, r.residence_type, r.resident_since, case when r.cancel_reason = '2' then r.status_since end,
r.filed_on, case when r.status = 'cancelled' then r.status_since end, r.death_on
"""
#: Where each belongs, and how the file stands.
_PLACE = {
    "area_key": pa.int64(),
    "organization_id": pa.string(),
    "doctor_id": pa.string(),
    "status": pa.string(),
}
SUBJECTS = pa.schema([*columnar_schemas.arrow_subjects(), *map(pa.field, _PLACE, _PLACE.values())])

EXPORTS = (
    # A file that was merged into another is nobody's any more; its records stand under the other (residents.merging).
    Export(
        "subjects",
        f"select r.id, {ATTRIBUTES}, r.area_key, r.managing_organization_id, r.responsible_doctor_id, r.status "
        "from residents_resident r where r.status <> 'merged' and {only}",
        SUBJECTS,
        resident="r.id",
        formerly={name: ("placements", name) for name in ("organization_id", "doctor_id", "status")},
    ),
)
