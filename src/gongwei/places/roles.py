"""Roles a duty can carry, with the words users read.

The three separate administrators (三员分立, reliability.md §1.9) are roles too; `ADMINISTRATORS` names them, and
a constraint of the database keeps any two of them from one practitioner at the same time.
"""

from django.db import models


class Role(models.TextChoices):
    """What a practitioner does in a place."""

    VILLAGE_DOCTOR = "village_doctor", "村医"
    TOWNSHIP_DOCTOR = "township_doctor", "乡镇公卫医生"
    TOWNSHIP_CLERK = "township_clerk", "乡镇档案员"
    TOWNSHIP_DIRECTOR = "township_director", "院长"
    COUNTY_OFFICER = "county_officer", "县级管理人员"
    EVALUATOR = "evaluator", "绩效评价人员"
    FINANCE_OFFICER = "finance_officer", "财务人员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全保密管理员"
    AUDIT_ADMIN = "audit_admin", "安全审计员"


ADMINISTRATORS: tuple[str, ...] = (Role.SYSTEM_ADMIN.value, Role.SECURITY_ADMIN.value, Role.AUDIT_ADMIN.value)


def title(role: str) -> str:
    """Chinese title of a role; the code itself for a role that is not a duty (`system`)."""
    return (
        Role(role).label
        if role in Role.values
        else {"system": "系统", "package": "数据包导入"}.get(role, role)
    )
