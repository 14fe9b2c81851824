"""The policy table itself: complete, labelled, and the separations that must never be edited away."""

import pytest

from gongwei.base.actors import NOBODY, SYSTEM
from gongwei.places import policy
from gongwei.places.policy import Relation
from gongwei.places.roles import ADMINISTRATORS, Role

ACTIONS = sorted(policy.LABELS)


#: What a package that two people answer for may do (docs/decisions/0023): write what a county brings, decide and settle nothing.
OF_PACKAGES = {
    "account_edit", "area_edit", "doctor_assign", "duty_edit", "import", "organization_edit", "practitioner_edit",
    "record_error", "record_write", "resident_edit", "resident_end", "resident_register", "resident_view",
}  # fmt: skip


def test_every_role_has_a_cell_for_every_action():
    cells = {(role, action) for role in Role.values for action in ACTIONS}
    assert set(policy.TABLE) == cells | {(policy.PACKAGE, action) for action in OF_PACKAGES}


def test_no_person_carries_the_role_of_packages():
    assert policy.PACKAGE not in Role.values


def test_the_page_shows_the_whole_table():
    shown = list(policy.rows())
    assert len(shown) == len(ACTIONS)
    assert {len(cells) for _, cells in shown} == {len(Role.values)} == {len(policy.columns())}


@pytest.mark.parametrize("role", [*ADMINISTRATORS, Role.FINANCE_OFFICER])
@pytest.mark.parametrize(
    "action", [action for action in ACTIONS if action.startswith(("resident", "record", "full"))]
)
def test_administrators_and_finance_reach_no_resident(role, action):
    assert policy.relation(role, action) is Relation.NONE


def test_no_two_administrators_share_a_power_over_accounts():
    powers = {
        role: {
            action
            for action in (policy.ACCOUNT_EDIT, policy.PASSWORD_RESET, policy.DUTY_EDIT, policy.AUDIT_VIEW)
            if policy.relation(role, action) is not Relation.NONE
        }
        for role in Role.values
    }
    assert powers[Role.SYSTEM_ADMIN] == {policy.ACCOUNT_EDIT}
    assert powers[Role.SECURITY_ADMIN] == {policy.PASSWORD_RESET, policy.DUTY_EDIT}
    assert powers[Role.AUDIT_ADMIN] == {policy.AUDIT_VIEW}
    assert all(not powers[role] for role in Role.values if role not in ADMINISTRATORS)


@pytest.mark.parametrize("role", [Role.COUNTY_OFFICER, Role.EVALUATOR])
@pytest.mark.parametrize(
    "action", [policy.RECORD_WRITE, policy.RECORD_SUPERSEDE, policy.RECORD_ERROR, policy.RESIDENT_EDIT]
)
def test_those_who_judge_do_not_write_what_they_judge(role, action):
    assert policy.relation(role, action) is Relation.NONE


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_may_nothing_and_the_system_everything(action):
    assert policy.may(NOBODY, action) is False
    assert policy.may(NOBODY, action, area_key=320723101201) is False
    assert policy.may(SYSTEM, action, area_key=320723101201) is True


def test_an_unknown_action_is_a_mistake_and_not_a_no():
    with pytest.raises(KeyError):
        policy.may(SYSTEM, "resident_veiw")
