"""Tables of residents, by noun."""

from .history import ContactAttempt, FieldConflict, LifecycleEvent, ResidentChange
from .households import Household, HouseholdMembership, RelatedPerson
from .moving import Merge, Transfer
from .residents import RecordNumberSeries, Resident, ResidentIdentifier, ResidentTag

__all__ = [
    "ContactAttempt",
    "FieldConflict",
    "Household",
    "HouseholdMembership",
    "LifecycleEvent",
    "Merge",
    "RecordNumberSeries",
    "RelatedPerson",
    "Resident",
    "ResidentChange",
    "ResidentIdentifier",
    "ResidentTag",
    "Transfer",
]
