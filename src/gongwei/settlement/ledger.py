"""The fund ledger as other modules and storeys call it: post, reverse, post_run, close, balances, paid.

What each does stands in the module it comes from.
"""

from gongwei.settlement import ledger_balances, ledger_closing, ledger_posting, ledger_settling
from gongwei.settlement.ledger_posting import Line
from gongwei.settlement.ledger_settling import RunToPost, Settled

__all__ = [
    "Line",
    "RunToPost",
    "Settled",
    "balances",
    "by_organization",
    "close",
    "paid",
    "post",
    "post_run",
    "reverse",
]

post = ledger_posting.post
reverse = ledger_posting.reverse
post_run = ledger_settling.post_run
close = ledger_closing.close
balances = ledger_balances.balances
by_organization = ledger_balances.by_organization
paid = ledger_balances.paid
