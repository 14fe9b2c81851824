"""Writes of residents: keyword-only, `by=` and `at=` passed in, one transaction each, with an audit line."""

from .assigning import assign_doctor, assign_households, close_grid, give_grid_doctor
from .duplicates import merge_residents, undo_merge
from .editing import edit_resident, resolve_conflicts
from .ending import cancel, mark_lost, record_contact_attempt, record_death, restore, return_by_service
from .ending_many import Leaving, cancel_many, leave_many
from .households import change_household, create_household, leave_household, set_related_person
from .households_many import Joining, JoinVerdict, join_many
from .moving import (
    claim_transfer,
    confirm_transfer,
    expire_transfers,
    refuse_transfer,
    request_transfer,
    withdraw_transfer,
)
from .registering import approve, register_resident, return_for_correction, submit
from .registering_many import judge_many, register_many
from .registering_writes import Filing, FilingVerdict

__all__ = [
    "Filing",
    "FilingVerdict",
    "JoinVerdict",
    "Joining",
    "Leaving",
    "approve",
    "assign_doctor",
    "assign_households",
    "cancel",
    "cancel_many",
    "change_household",
    "claim_transfer",
    "close_grid",
    "confirm_transfer",
    "create_household",
    "edit_resident",
    "expire_transfers",
    "give_grid_doctor",
    "join_many",
    "judge_many",
    "leave_household",
    "leave_many",
    "mark_lost",
    "merge_residents",
    "record_contact_attempt",
    "record_death",
    "refuse_transfer",
    "register_many",
    "register_resident",
    "request_transfer",
    "resolve_conflicts",
    "restore",
    "return_by_service",
    "return_for_correction",
    "set_related_person",
    "submit",
    "undo_merge",
    "withdraw_transfer",
]
