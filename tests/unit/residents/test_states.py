"""The life cycle of records.md §6 as a table."""

import pytest

from gongwei.residents import states

# action: the states of records.md §6 that allow it
ALLOWED = {
    "edit": {"draft", "pending", "returned", "active", "transferring_out", "lost"},
    "submit": {"draft", "returned"},
    "approve": {"draft", "pending"},
    "return": {"pending"},
    "serve": {"active", "transferring_out", "lost"},
    "request_transfer": {"active", "lost"},
    "confirm_transfer": {"transferring_out"},
    "end_transfer": {"transferring_out"},
    "record_death": {"active", "transferring_out", "lost"},
    "cancel": {"draft", "pending", "returned", "active", "lost"},
    "mark_lost": {"active"},
    "restore": {"lost", "cancelled"},
    "merge": {"draft", "pending", "returned", "active", "lost"},
    "undo_merge": {"merged"},
}


@pytest.mark.parametrize("action", ALLOWED)
@pytest.mark.parametrize("status", states.STATES)
def test_every_cell(status, action):
    """State × action."""
    if status in ALLOWED[action]:
        assert states.after(status, action) in states.STATES
    else:
        with pytest.raises(states.NotAllowed, match=states.STATES[status].title):
            states.after(status, action)


def test_which_count():
    """建档 totals: active, transfer under way (at the old unit), lost by default."""
    assert {code for code, state in states.STATES.items() if state.counts} == {
        "active",
        "transferring_out",
        "lost",
    }


def test_nothing_leaves_the_table():
    """Every action has a title, every state but the starting one is reached."""
    assert set(ALLOWED) == set(states.ACTION_TITLES)
    reached = {to for state in states.STATES.values() for to in state.allows.values()}
    assert reached | {"draft"} == set(states.STATES)


def test_a_service_brings_the_lost_back():
    """records.md §6 失访."""
    assert states.after("lost", "serve") == "active"
    assert states.after("transferring_out", "serve") == "transferring_out"
