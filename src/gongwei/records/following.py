"""Which tables of this storey, and of the programmes above, follow a resident when duplicates are merged."""

from gongwei.records import columns
from gongwei.residents import merging


def register_all() -> None:
    """Register encounters, responses and episodes; and every typed table."""
    merging.register("records_encounter", area_column="area_key", counts=True)
    merging.register("records_response")
    merging.register(
        "records_episode",
        area_column="area_key",
        clash_keys=("kind",),
        clash_where="state in ('suspected', 'verified', 'active')",
    )
    merging.register(
        "records_referral",
        area_column="area_key",
        clash_keys=("form_code",),
        clash_where="state in ('open', 'not_arrived')",
    )
    merging.register("records_draft", clash_keys=("account_id", "form_code"))
    for model in columns.all_models().values():
        merging.register(model._meta.db_table, key="response_id")
