"""The app of settlement."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """What services earn: counting, allocation, statements, budgets and the ledger, exact to the fen."""

    name = "gongwei.settlement"
    label = "settlement"
    verbose_name = "结算"
