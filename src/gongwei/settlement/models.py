"""Tables of settlement; each subject in a module of its own, brought together here."""

from gongwei.settlement.ledger_models import Book, Closing, Entry, Posting
from gongwei.settlement.standards_models import CostShare, LocalStandard

__all__ = ["Book", "Closing", "CostShare", "Entry", "LocalStandard", "Posting"]
