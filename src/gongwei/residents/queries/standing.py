"""Small questions the import asks of many residents at once."""

from collections.abc import Iterable
from uuid import UUID

from gongwei.residents import states
from gongwei.residents.models import Resident


def managed_by(organization_id: UUID) -> bool:
    """Whether an organization manages a record that is alive."""
    return Resident.objects.filter(managing_organization=organization_id, status__in=states.LIVING).exists()


def household_now(resident_id: UUID) -> UUID | None:
    """The household of a resident."""
    return Resident.objects.filter(id=resident_id).values_list("household_id", flat=True).first()


def doctors_now(resident_ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """The responsible doctors of residents."""
    rows = Resident.objects.filter(id__in=list(resident_ids))
    return dict(rows.values_list("id", "responsible_doctor_id"))
