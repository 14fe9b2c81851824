"""Who does something: a person in a duty at an organization, or the system itself."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

WHOLE_COUNTRY = ((0, 10**12 - 1),)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in one duty; everything an operation, a policy or the audit trail needs to know.

    `areas` are closed ranges of 12-digit division codes (统计用区划代码) the duty reaches; `source` says through
    which door the work came in: page, phone, import, device, hospital, job, command.
    """

    account_id: UUID | None
    practitioner_id: UUID | None
    duty_id: UUID | None
    role: str
    organization_id: UUID | None
    name: str
    areas: tuple[tuple[int, int], ...]
    source: str = "page"

    @property
    def lowest(self) -> int:
        """The lower bound of the range that holds all areas (1 when there is none, so that nothing matches)."""
        return min((low for low, _ in self.areas), default=1)

    @property
    def highest(self) -> int:
        """The upper bound of the range that holds all areas (0 when there is none)."""
        return max((high for _, high in self.areas), default=0)

    def covers(self, area_key: int | None) -> bool:
        """Whether a division code lies within the duty's areas."""
        return area_key is not None and any(low <= area_key <= high for low, high in self.areas)

    def as_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads back, so that a job can act for the person who asked."""
        return {
            "account_id": _text(self.account_id),
            "practitioner_id": _text(self.practitioner_id),
            "duty_id": _text(self.duty_id),
            "role": self.role,
            "organization_id": _text(self.organization_id),
            "name": self.name,
            "areas": [list(area) for area in self.areas],
            "source": self.source,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Actor":
        """Read back what `as_json` wrote."""
        return cls(
            account_id=_uuid(values["account_id"]),
            practitioner_id=_uuid(values["practitioner_id"]),
            duty_id=_uuid(values["duty_id"]),
            role=values["role"],
            organization_id=_uuid(values["organization_id"]),
            name=values["name"],
            areas=tuple((low, high) for low, high in values["areas"]),
            source=values["source"],
        )


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


SYSTEM = Actor(None, None, None, "system", None, "系统", WHOLE_COUNTRY, "job")
NOBODY = Actor(None, None, None, "nobody", None, "未登录", (), "page")
