"""Tables of settlement; each subject in a module of its own, brought together here."""

from gongwei.settlement.budget_models import Allocation, AllocationLine, Budget, BudgetLine
from gongwei.settlement.fund_models import Arrival, FundDocument, Payment, PaymentLine, Spending
from gongwei.settlement.ledger_models import Book, Closing, Entry, Posting
from gongwei.settlement.parameter_models import LocalParameter
from gongwei.settlement.payer_models import OtherFund
from gongwei.settlement.run_models import (
    RunLine,
    RunStaff,
    RunTally,
    RunUnit,
    SettlementRun,
    SettlementScheme,
)
from gongwei.settlement.standards_models import CostShare, LocalStandard
from gongwei.settlement.succession_models import Succession

__all__ = [
    "Allocation",
    "AllocationLine",
    "Arrival",
    "Book",
    "Budget",
    "BudgetLine",
    "Closing",
    "CostShare",
    "Entry",
    "FundDocument",
    "LocalParameter",
    "LocalStandard",
    "OtherFund",
    "Payment",
    "PaymentLine",
    "Posting",
    "RunLine",
    "RunStaff",
    "RunTally",
    "RunUnit",
    "SettlementRun",
    "SettlementScheme",
    "Spending",
    "Succession",
]
