"""Writes of places: keyword-only functions, `by` and `at` passed in, one transaction each, audited inside."""

from .accounts import (
    SignIn,
    change_password,
    create_account,
    reset_password,
    set_account_active,
    sign_in,
    sign_out,
    switch_duty,
)
from .areas import NewArea, create_area, merge_areas, recode_area, rename_area, split_area
from .organizations import (
    close_organization,
    create_grid,
    create_organization,
    edit_grid,
    edit_organization,
    reopen_organization,
    set_served_area,
)
from .practitioners import assign_duty, create_practitioner, edit_practitioner, end_duty

__all__ = [
    "NewArea",
    "SignIn",
    "assign_duty",
    "change_password",
    "close_organization",
    "create_account",
    "create_area",
    "create_grid",
    "create_organization",
    "create_practitioner",
    "edit_grid",
    "edit_organization",
    "edit_practitioner",
    "end_duty",
    "merge_areas",
    "recode_area",
    "rename_area",
    "reopen_organization",
    "reset_password",
    "set_account_active",
    "set_served_area",
    "sign_in",
    "sign_out",
    "split_area",
    "switch_duty",
]
