"""What an audit entry says, in words: the keys and codes of its detail as people read them."""

from typing import Any

from gongwei import catalogue
from gongwei.residents import profile

KEYS = {
    "address": "来源地址",
    "after": "后",
    "attempts": "联系次数",
    "before": "前",
    "by": "因",
    "change": "区划变更",
    "claim": "迁入方申请",
    "code": "原因代码",
    "conflicts": "冲突的数据项",
    "count": "条数",
    "doctor": "责任医生",
    "encounter": "服务",
    "episode": "纳入管理",
    "form": "表单",
    "forms": "表单",
    "from": "原为",
    "grid": "网格",
    "item": "数据项",
    "items": "改动的数据项",
    "kind": "类别",
    "mask": "方式",
    "merge": "合并",
    "on": "生效日期",
    "other": "另一份档案",
    "query": "查询条件",
    "reason": "原因",
    "referral": "转诊追踪",
    "causes": "转诊原因",
    "response": "填报表",
    "responses": "填报表",
    "retired": "旧密钥已销毁",
    "rows": "改挂行数",
    "source": "来源",
    "state": "状态",
    "status": "档案状态",
    "supersedes": "更正的记录",
    "task": "任务",
    "to": "改为",
    "to_area": "迁入区划",
    "transfer": "迁移申请",
    "what": "内容",
}
VALUES = {
    "encounter": "一次服务",
    "episode": "纳入管理",
    "page": "页面",
    "household": "家庭",
    "referral": "转诊追踪",
    "contact_attempt": "联系记录",
    "service": "提供了服务",
    "active": "正常",
    "pending": "待审核",
    "draft": "未建档",
    "ended": "已结束",
    "suspected": "疑似",
    "verified": "已核实",
}


def detail(found: Any) -> str:
    """The detail of an audit entry as one line; a key nobody has named yet stands as it is."""
    if not isinstance(found, dict):
        return ""
    return "；".join(_part(name, value) for name, value in found.items() if value not in (None, "", [], {}))[
        :300
    ]


def _part(name: str, value: Any) -> str:
    if name == "ids" and isinstance(value, list):
        return f"{len(value)} 条"
    return f"{KEYS.get(name, name)}：{_value(value)}"


def _value(value: Any) -> str:
    if value is True:
        return "是"
    if value is False:
        return "否"
    if isinstance(value, dict):
        return "，".join(
            f"{KEYS.get(k, k)} {_value(v)}" for k, v in value.items() if v not in (None, "", [], {})
        )
    if isinstance(value, list):
        return "、".join(_value(each) for each in value)
    return _word(str(value))


def _word(text: str) -> str:
    if text in VALUES:
        return VALUES[text]
    if text in profile.ITEMS:
        return profile.label(text)
    form = catalogue.current().forms.get(text)
    return form.title if form else text
