"""The frame around every page: menu by role, duty, year, search, running jobs."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gongwei.base import actors, clock, jobs
from gongwei.interfaces.web import work_counts
from gongwei.places import policy, queries, roles

YEAR = "gongwei.year"
FIRST_YEAR = 2009  # the programme began in this year


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `action` is what a duty must have somewhere to see it."""

    title: str
    icon: str
    url_name: str
    action: str | None = None
    also: tuple[str, ...] = ()
    #: Which of `work_counts` stands beside it.
    count: str = ""


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("首页", "home", "home"),)),
    (
        "随访与体检",
        (
            Entry("待办", "clipboard-list", "worklist", policy.RESIDENT_VIEW, ("task",), "overdue"),
            Entry("今日计划", "calendar", "day-plan", policy.RESIDENT_VIEW),
            Entry("疑似名单", "user-search", "suspects", policy.RESIDENT_VIEW, (), "suspects"),
        ),
    ),
    (
        "居民健康档案",
        (
            Entry(
                "居民档案",
                "users",
                "residents",
                policy.RESIDENT_VIEW,
                (
                    "resident",
                    "resident-summary",
                    "resident-timeline",
                    "resident-curves",
                    "resident-compare",
                    "resident-history",
                    "resident-readers",
                    "resident-edit",
                    "resident-episodes",
                ),
            ),
            Entry("建立档案", "user-plus", "resident-register", policy.RESIDENT_REGISTER),
            Entry(
                "转诊追踪",
                "external-link",
                "referrals",
                policy.RESIDENT_VIEW,
                ("referral-close",),
                "referrals",
            ),
            Entry("迁移确认", "arrows-exchange", "transfers", policy.RESIDENT_TRANSFER),
            Entry("修改冲突", "arrow-merge", "conflicts", policy.RESIDENT_EDIT),
            Entry("Excel导入", "file-spreadsheet", "uploads", policy.IMPORT, ("upload", "upload-mapping")),
            Entry("Excel导出", "download", "exports", policy.EXPORT),
            Entry("打印表单", "printer", "print-forms"),
        ),
    ),
    (
        "指标与目标",
        (
            Entry("指标", "report", "measures", policy.FIGURE_VIEW, ("measure", "measure-persons")),
            Entry("结果存档", "clipboard-text", "runs", policy.FIGURE_VIEW, ("run", "run-compare")),
            Entry("大屏", "table", "wall", policy.FIGURE_VIEW),
            Entry("目标进度", "star", "target-progress", policy.FIGURE_VIEW),
            Entry("年度目标", "clipboard-text", "targets", policy.TARGET_EDIT, ("target-split",)),
            Entry(
                "人口与任务数", "users-group", "populations", policy.POPULATION_EDIT, ("population-history",)
            ),
            Entry("数据一致性", "check", "agreement", policy.SNAPSHOT),
        ),
    ),
    (
        "资金与结算",
        (
            Entry("资金总览", "report", "funds", policy.FUND_VIEW, ("fund-institution",)),
            Entry("补助标准", "users-group", "fund-standards", policy.FUND_VIEW),
            Entry("资金参数", "settings", "fund-parameters", policy.FUND_VIEW),
            Entry("预算与分配", "sitemap", "fund-budgets", policy.FUND_VIEW, ("fund-allocation",)),
            Entry("资金文件与到账", "file-text", "fund-documents", policy.FUND_VIEW),
            Entry("拨付", "arrow-right", "fund-payments", policy.FUND_VIEW, ("fund-payment",)),
            Entry("机构承继", "switch-horizontal", "fund-successions", policy.FUND_VIEW),
            Entry(
                "结算",
                "clipboard-list",
                "settlements",
                policy.STATEMENT_VIEW,
                (
                    "settlement",
                    "settlement-difference",
                    "settlement-whatif",
                    "statement",
                    "statement-records",
                ),
            ),
            Entry("我的结算单", "file-text", "my-statement", policy.RECORD_WRITE),
            Entry("结算方案", "settings", "settlement-schemes", policy.FUND_VIEW, ("settlement-scheme",)),
            Entry("资金台账", "table", "ledger", policy.FUND_VIEW, ("ledger-posting",)),
            Entry("会计期间", "calendar", "ledger-periods", policy.FUND_VIEW),
        ),
    ),
    (
        "质量核查",
        (
            Entry(
                "质量疑点",
                "alert-triangle",
                "findings",
                policy.FINDING_VIEW,
                ("finding", "findings-check"),
                "findings",
            ),
        ),
    ),
    (
        "绩效评价",
        (
            Entry(
                "评价轮次",
                "clipboard-list",
                "evaluation-rounds",
                policy.EVALUATION_VIEW,
                ("evaluation-round", "evaluation-sheet", "evaluation-sample", "evaluation-person"),
            ),
            Entry("年度评价", "report", "evaluation-years", policy.EVALUATION_VIEW),
            Entry(
                "整改台账", "list-check", "evaluation-issues", policy.EVALUATION_VIEW, ("evaluation-issue",)
            ),
            Entry("申诉", "edit", "evaluation-appeals", policy.EVALUATION_VIEW, ("evaluation-appeal",)),
            Entry("弄虚作假认定", "ban", "evaluation-frauds", policy.EVALUATION_VIEW),
            Entry(
                "评价方案",
                "clipboard-text",
                "evaluation-schemes",
                policy.EVALUATION_VIEW,
                ("evaluation-scheme",),
            ),
        ),
    ),
    (
        "机构与人员",
        (
            Entry("机构", "building-hospital", "organizations", None, ("organization",)),
            Entry("网格", "sitemap", "grids", policy.GRID_EDIT, ("grid",)),
            Entry("行政区划", "map-pin", "areas", policy.ORGANIZATION_EDIT, ("area", "area-change")),
            Entry("账号", "key", "accounts", policy.ACCOUNT_VIEW, ("account-of",)),
            Entry("权限表", "table", "permissions", None),
        ),
    ),
    (
        "系统",
        (
            Entry("后台任务", "list-check", "jobs", policy.JOB_VIEW, ("job",)),
            Entry(
                "数据包",
                "file-spreadsheet",
                "packages",
                policy.PACKAGE_PREPARE,
                ("package", "package-waiting", "package-sheet"),
            ),
            Entry("数据快照", "database", "snapshots", policy.SNAPSHOT),
            Entry("密钥", "lock", "keys", policy.KEY_ROTATE),
            Entry("审计日志", "shield-check", "audit", policy.AUDIT_VIEW),
        ),
    ),
)


#: Frames kept by this process, about 20 KB each.
FRAMES = 400
_frames: dict[tuple[Any, ...], tuple[str, ...]] = {}
# Holes in a frame, named; no text has characters of the private area. Counts change with each save: the frame stays.
_HOLES = re.compile("\ue000([a-z]+)\ue001")


def _hole(name: str) -> SafeString:
    return mark_safe(f"\ue000{name}\ue001")


@cache
def _counted() -> dict[str, str]:
    """The titles of the lines with a count, by the count's name."""
    return {entry.count: entry.title for _, entries in MENU for entry in entries if entry.count}


def _badge(title: str, count: int) -> str:
    """What stands beside a line of the menu."""
    if not count:
        return ""
    words = str(count) if count <= 999 else "999+"
    return f'<span class="gw-count" title="{title}：{count:,}">{words}</span>'


class Shell:
    """What the frame shows, asked for only when a template uses it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def actor(self) -> actors.Actor:
        """Who asks; nobody, on pages before signing in."""
        return getattr(self._request, "actor", None) or actors.NOBODY

    @property
    def signed_in(self) -> bool:
        """Whether somebody is."""
        return self.actor.account_id is not None

    @property
    def role(self) -> str:
        """Chinese title of the role acted in."""
        return roles.title(self.actor.role) if self.actor.duty_id else ""

    @cached_property
    def organization(self) -> str:
        """Name of the organization acted for."""
        duty = next((each for each in self.duties if each["chosen"]), None)
        return duty["organization"] if duty else ""

    @cached_property
    def duties(self) -> list[dict[str, Any]]:
        """The duties that can be switched to."""
        if not self.signed_in:
            return []
        return [
            {
                "id": duty.id,
                "role": roles.title(duty.role),
                "organization": duty.organization.name,
                "chosen": duty.id == self.actor.duty_id,
            }
            for duty in self._duties()
        ]

    def _duties(self) -> list[Any]:
        known: list[Any] | None = getattr(self._request, "duties", None)
        return queries.duty_list(self._request.user, clock.today()) if known is None else known

    @cached_property
    def work(self) -> dict[str, int]:
        """How much waits for this duty."""
        return work_counts.of(self.actor)

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        """The menu of the duty, groups without an entry left out; a count is a hole."""
        here = self._request.resolver_match.url_name if self._request.resolver_match else ""
        groups = []
        for title, entries in MENU:
            lines = [
                {
                    "title": entry.title,
                    "icon": entry.icon,
                    "url": reverse(entry.url_name),
                    "count": _hole(entry.count) if entry.count else "",
                    "here": here == entry.url_name or here in entry.also,
                }
                for entry in entries
                if self.actor.duty_id and (entry.action is None or policy.may(self.actor, entry.action))
            ]
            if lines:
                groups.append({"title": title, "lines": lines})
        return groups

    @property
    def frame(self) -> SafeString:
        """The menu and the bar on top. Drawn once for all requests it looks alike for, then only copied."""
        match = self._request.resolver_match
        duties = tuple((each["id"], each["role"], each["organization"]) for each in self.duties)
        key = (
            self.actor, match.url_name if match else "", duties, self.open_jobs, self.year, clock.today(),
        )  # fmt: skip
        parts = _frames.get(key)
        if parts is None:
            said = {"shell": self, "csrf_token": _hole("token"), "full_path": _hole("path")}
            html = get_template("web/parts/frame.html").render(said)
            parts = tuple(_HOLES.split(html))
            if len(_frames) >= FRAMES:
                _frames.clear()
            _frames[key] = parts
        put = {"token": get_token(self._request), "path": escape(self._request.get_full_path())}
        put |= {name: _badge(title, self.work.get(name, 0)) for name, title in _counted().items()}
        # Text and names of holes by turns; what is put in is escaped or ours.
        return mark_safe("".join([put[part] if place % 2 else part for place, part in enumerate(parts)]))

    @cached_property
    def sees_residents(self) -> bool:
        """Whether the search box has anything to find."""
        return self.actor.duty_id is not None and policy.may(self.actor, policy.RESIDENT_VIEW)

    @cached_property
    def sees_jobs(self) -> bool:
        """Whether the duty has a job centre at all: two of the administrators have none."""
        return self.actor.duty_id is not None and policy.may(self.actor, policy.JOB_VIEW)

    @cached_property
    def open_jobs(self) -> int:
        """Jobs of one's own that are waiting or running."""
        return jobs.open_count(self.actor) if self.signed_in else 0

    @property
    def year(self) -> int:
        """The programme year chosen for this session."""
        return year_of(self._request)

    @property
    def years(self) -> list[int]:
        """Years to choose from, the present one first."""
        return list(range(clock.today().year, max(FIRST_YEAR, clock.today().year - 7) - 1, -1))


def year_of(request: HttpRequest) -> int:
    """年度: the year chosen in this session; the present one until somebody chooses."""
    return int(request.session.get(YEAR) or clock.today().year)


def year_asked(request: HttpRequest) -> int:
    """The year an address names, at most the next one (work is prepared for it); else the year chosen in this session."""
    text = request.GET.get("year", "")
    fits = text.isascii() and text.isdigit() and len(text) == 4
    if fits and FIRST_YEAR <= int(text) <= clock.today().year + 1:
        return int(text)
    return year_of(request)


def area_asked(request: HttpRequest) -> Any:
    """The area an address names, if it may be seen; else the highest the actor looks after, None without one."""
    key = request.GET.get("area", "")
    named = key.isascii() and key.isdigit() and len(key) == 12
    found = queries.area_seen(request.actor, int(key)) if named else None
    if found is None:
        ranges = queries.ranges(request.actor)
        found = queries.area(ranges[0][0]) if ranges else None
    return found


def choose_year(request: HttpRequest, text: str) -> None:
    """Remember a year; nonsense is ignored."""
    if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= clock.today().year:
        request.session[YEAR] = int(text)


def context(request: HttpRequest) -> dict[str, Any]:
    """Django context processor."""
    return {"shell": Shell(request)}
