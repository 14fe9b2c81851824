"""Jobs and audit entries as plain words."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongwei.base import jobs
from gongwei.base.audit_actions import ACTIONS
from gongwei.interfaces.web.presenters import audit_words
from gongwei.places import roles

STATES = {
    "queued": "等待",
    "running": "进行中",
    "succeeded": "完成",
    "failed": "失败",
    "cancelled": "已取消",
}
SOURCES = {
    "page": "页面",
    "phone": "手机",
    "import": "导入",
    "device": "设备",
    "hospital": "医院",
    "job": "后台任务",
    "command": "命令",
}
SUBJECTS = {
    "resident": "居民",
    "account": "账号",
    "organization": "机构",
    "package": "数据包",
    "practitioner": "人员",
    "duty": "岗位",
    "area": "区划",
    "grid": "网格",
    "household": "家庭",
    "job": "后台任务",
    "audit": "审计日志",
    "transfer": "迁移申请",
    "response": "填报表",
    "finding": "质量疑点",
    "key": "密钥",
    "allocation": "资金分配",
    "arrival": "到账",
    "book": "台账",
    "budget": "预算",
    "column_mapping": "列对应",
    "costshare": "经费分担",
    "envelope": "手机上传",
    "evaluation_appeal": "申诉",
    "evaluation_evidence": "佐证材料",
    "evaluation_issue": "整改问题",
    "evaluation_round": "评价轮次",
    "evaluation_sample": "评价抽样",
    "evaluation_scheme": "评价方案",
    "evaluation_sheet": "评分表",
    "evaluation_year": "年度评价",
    "fraud_decision": "弄虚作假认定",
    "fund": "资金",
    "funddocument": "资金文件",
    "localstandard": "补助标准",
    "measure_run": "指标结果",
    "payment": "拨付",
    "settlementscheme": "结算方案",
    "spending": "支出",
    "other_fund": "其他经费",
    "population": "人口与任务数",
    "posting": "台账分录",
    "sampled_person": "抽查对象",
    "settlement_run": "结算",
    "snapshot": "数据快照",
    "standard": "补助标准",
    "localparameter": "资金参数",
    "succession": "机构承继",
    "target": "年度目标",
    "upload": "导入文件",
}


#: What a job made or was about, by the name it stands under in its result or arguments: the page it opens, and in which words.
OPENS = {
    "settlement": ("settlement", "打开结算"),
    "run": ("run", "打开指标结果"),
    "snapshot": ("snapshots", "打开数据快照"),
    "round_id": ("evaluation-round", "打开评价轮次"),
    "upload_id": ("upload", "打开Excel上传"),
    "package_id": ("package", "打开数据包"),
}
#: Pages that list what was made: the made one has none of its own.
_LISTS = ("snapshots",)
#: Names of results that the lower storeys write in English.
RESULTS = {
    "residents": "居民",
    "people": "疑似患者",
    "signs": "疑似线索",
    "written": "写入",
    "rows": "行数",
    "figures": "指标数",
    "compared": "核对",
    "different": "不一致",
    "columns": "列数",
}


def duration(seconds: float | None) -> str:
    """Seconds in words: 约3分钟."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"约{max(1, round(seconds))}秒"
    return f"约{round(seconds / 60)}分钟" if seconds < 5400 else f"约{seconds / 3600:.1f}小时"


def job(run: Any) -> dict[str, Any]:
    """A job with its progress."""
    over = run.state in ("succeeded", "failed", "cancelled")
    result = run.result if isinstance(run.result, dict) else {}
    return {
        "id": run.id,
        "title": run.title,
        "state": run.state,
        "state_words": STATES[run.state],
        "over": over,
        "done": run.done,
        "total": run.total,
        "percent": min(100, round(100 * run.done / run.total)) if run.total else None,
        "rate": f"{run.rate:,.0f}/秒" if run.rate else "",
        "left": duration(jobs.remaining_seconds(run)),
        "message": run.message,
        "error": run.error_zh,
        "result": [
            (RESULTS.get(name, name), value)
            for name, value in result.items()
            if isinstance(value, str | int | float) and (name in RESULTS or not name.isascii())
        ],
        "opens": opens(run) if run.state == "succeeded" else [],
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def opens(run: Any) -> list[tuple[str, str]]:
    """Where what a job made is to be seen: (address, words)."""
    result = run.result if isinstance(run.result, dict) else {}
    said = (run.arguments if isinstance(run.arguments, dict) else {}) | result
    return [
        (reverse(page) if page in _LISTS else reverse(page, args=[said[name]]), words)
        for name, (page, words) in OPENS.items()
        if said.get(name)
    ]


def files(found: Iterable[Any]) -> list[dict[str, Any]]:
    """The files a job made, for download."""
    return [
        {
            "id": each.id,
            "name": each.name,
            "size": f"{each.size / 1024:,.0f} KB"
            if each.size < 1024 * 1024
            else f"{each.size / 1024 / 1024:,.1f} MB",
            "expires_at": each.expires_at,
        }
        for each in found
    ]


def audit_entries(entries: Iterable[Any], accounts: Mapping[UUID, Any]) -> list[dict[str, Any]]:
    """Audit entries for a list."""
    rows = []
    for entry in entries:
        account = accounts.get(entry.account_id)
        who = (
            account.username if account else ("" if entry.account_id is None else str(entry.account_id)[-8:])
        )
        name = account.practitioner.name if account and account.practitioner else ""
        rows.append(
            {
                "id": entry.id,
                "at": entry.at,
                "account": who,
                "account_id": entry.account_id,
                "name": name,
                "role": roles.title(entry.role) if entry.role not in ("nobody",) else "",
                "action": ACTIONS.get(entry.action, entry.action),
                "subject": SUBJECTS.get(entry.subject_kind, entry.subject_kind),
                "subject_id": entry.subject_id,
                "source": SOURCES.get(entry.source, entry.source),
                "detail": audit_words.detail(entry.detail),
            }
        )
    return rows


def seal(head: Any) -> dict[str, Any] | None:
    """How far the trail is sealed."""
    if head is None:
        return None
    return {"number": head.number, "total": head.total, "digest": head.digest.hex()[:16]}
