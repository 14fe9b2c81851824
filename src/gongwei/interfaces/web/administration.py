"""The first page of the three administrators: what there is, what needs a look, where each thing is done."""

import datetime as dt
from typing import Any

from django.urls import reverse

from gongwei.base import actors, audit_log, clock, jobs, keys, rotation, seals
from gongwei.places import policy, queries

_LOOK_BACK = dt.timedelta(days=7)
#: What an auditor looks for first.
_WATCHED = (
    ("login_failed", "登录失败"),
    ("locked_out", "账号锁定"),
    ("view_full", "查看完整号码"),
    ("export", "导出"),
)
_STEPS = (
    (policy.ORGANIZATION_EDIT, "organizations", "机构", "新建机构、登记人员和服务区域"),
    (policy.AREA_EDIT, "areas", "行政区划", "设立、更名、拆分、合并、变更代码，办理前先核对影响"),
    (policy.ACCOUNT_EDIT, "accounts", "账号", "给人员建立账号，停用离岗人员的账号"),
    (policy.DUTY_EDIT, "organizations", "授予岗位", "打开机构，给人员授予或终止岗位"),
    (policy.PASSWORD_RESET, "accounts", "重置密码", "核实身份后重置密码、解除锁定"),
    (policy.KEY_ROTATE, "keys", "密钥", "更换加密密钥，查看换到哪里"),
    (policy.AUDIT_VIEW, "audit", "审计日志", "按日期、操作、账号查询；建议每周查看一次"),
    (policy.JOB_VIEW, "jobs", "后台任务", "查看导入、导出等任务的进度和失败原因"),
)


def tiles(actor: actors.Actor) -> list[dict[str, Any]]:
    """The figures on the first page of an administrator."""
    accounts = queries.accounts(actor)
    found = [_tile("账号", accounts.filter(active=True).count(), "accounts")]
    if policy.may(actor, policy.ACCOUNT_EDIT):
        found += [
            _tile(
                "待改初始密码", accounts.filter(active=True, must_change_password=True).count(), "accounts"
            ),
            _tile("机构", queries.organizations(actor).count(), "organizations"),
            _tile("村（居）", _villages(actor), "areas"),
        ]
    if policy.may(actor, policy.JOB_VIEW):
        since = clock.now() - _LOOK_BACK
        failed = jobs.runs(actor).filter(state="failed", created_at__gte=since).count()
        found.append(_tile("近7天失败的任务", failed, "jobs"))
    if policy.may(actor, policy.DUTY_EDIT):
        found.append(_tile("没有岗位的账号", queries.accounts_without_duty(actor), "accounts"))
    if policy.may(actor, policy.KEY_ROTATE):
        for purpose, title in (("identity", "加密密钥"), ("blind", "索引密钥")):
            version = f"第{keys.keyring().current(purpose)}版"
            found.append(_tile(title, "换钥未完成" if rotation.unfinished(purpose) else version, "keys"))
    if policy.may(actor, policy.AUDIT_VIEW):
        head = seals.head()
        found.append(_tile("已封存的日志", head.total if head else 0, "audit"))
        first = clock.today() - _LOOK_BACK
        counts = audit_log.counts(first=first, actions=[code for code, _ in _WATCHED], areas=actor.areas)
        found += [
            _tile(f"近7天{title}", counts.get(code, 0), "audit", f"action={code}&first={first}")
            for code, title in _WATCHED
        ]
    return found


def _villages(actor: actors.Actor) -> int:
    return queries.areas_in(queries.ranges(actor)).filter(level="village").count()


def steps(actor: actors.Actor) -> list[dict[str, str]]:
    """Where an administrator does what."""
    return [
        {"url": reverse(url_name), "title": title, "words": words}
        for action, url_name, title, words in _STEPS
        if policy.may(actor, action)
    ]


def _tile(title: str, count: object, url_name: str, query: str = "") -> dict[str, Any]:
    shown = f"{count:,}" if isinstance(count, int) else str(count)
    return {"title": title, "count": shown, "url": reverse(url_name) + (f"?{query}" if query else "")}
