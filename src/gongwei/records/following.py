"""Which tables of this storey follow a resident when duplicates are merged."""


def register_all() -> None:
    """Register encounters, responses, episodes and every typed table with `residents.merging`."""
