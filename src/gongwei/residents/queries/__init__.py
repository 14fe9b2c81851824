"""Reads of residents. Whoever reads a person is written down in the same transaction."""

from .candidates import Candidate, candidates
from .files import (
    changes_of,
    events_of,
    file,
    full_id,
    household_of,
    numbers_to_call,
    open_conflicts,
    readers_of,
    suggest_survivor,
)
from .lists import Filters, Page, count_estimate, page
from .masking import Shown, masked
from .people import denominators_by_area, permanent_on, transfers_inbox, visible_to
from .search import Hit, search
from .standing import doctors_now, household_now, managed_by

__all__ = [
    "Candidate",
    "Filters",
    "Hit",
    "Page",
    "Shown",
    "candidates",
    "changes_of",
    "count_estimate",
    "denominators_by_area",
    "doctors_now",
    "events_of",
    "file",
    "full_id",
    "household_now",
    "household_of",
    "managed_by",
    "masked",
    "numbers_to_call",
    "open_conflicts",
    "page",
    "permanent_on",
    "readers_of",
    "search",
    "suggest_survivor",
    "transfers_inbox",
    "visible_to",
]
