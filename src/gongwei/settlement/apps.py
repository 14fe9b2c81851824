"""The app of settlement."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """What services earn: counting, allocation, statements, budgets and the ledger, exact to the fen."""

    name = "gongwei.settlement"
    label = "settlement"
    verbose_name = "结算"

    def ready(self) -> None:
        """Let what is said of a resident's service follow a merge."""
        from gongwei.residents import merging

        merging.register("settlement_otherfund", area_column="area_key")
