"""What an audit entry says, in words: the keys and codes of its detail as people read them."""

from typing import Any

from gongwei import catalogue
from gongwei.residents import profile

KEYS = {
    "address": "来源地址",
    "after": "后",
    "age_from": "年龄从",
    "age_to": "年龄到",
    "area_from": "区划从",
    "area_to": "区划到",
    "attempts": "联系次数",
    "before": "前",
    "by": "因",
    "chosen": "选中人数",
    "cleared": "清除的号码",
    "change": "区划变更",
    "claim": "迁入方申请",
    "code": "原因代码",
    "conflicts": "冲突的数据项",
    "count": "条数",
    "doctor": "责任医生",
    "encounter": "服务",
    "episode": "纳入管理",
    "filed_from": "建档日期从",
    "filed_to": "建档日期到",
    "form": "表单",
    "former": "原机构",
    "forms": "表单",
    "from": "原为",
    "grid": "网格",
    "grid_id": "网格",
    "heir": "承继机构",
    "households": "户数",
    "id_number": "证件号码",
    "item": "数据项",
    "items": "改动的数据项",
    "kind": "类别",
    "mask": "方式",
    "merge": "合并",
    "on": "生效日期",
    "organization_id": "机构",
    "parameter": "参数",
    "other": "另一份档案",
    "query": "查询条件",
    "reason": "原因",
    "referral": "转诊追踪",
    "causes": "转诊原因",
    "response": "填报表",
    "residence_type": "常住类型",
    "responses": "填报表",
    "responsible_doctor_id": "责任医生",
    "retired": "旧密钥已销毁",
    "rows": "改挂行数",
    "sort": "排序",
    "source": "来源",
    "sex": "性别",
    "state": "状态",
    "status": "档案状态",
    "statuses": "档案状态",
    "supersedes": "更正的记录",
    "tags": "人群分类",
    "task": "任务",
    "to": "改为",
    "to_area": "迁入区划",
    "transfer": "迁移申请",
    "transfers": "迁移申请数",
    "what": "内容",
    "year": "年度",
    "pot": "资金类别",
    "title": "名称",
    "total_fen": "总额（分）",
    "amount_fen": "金额（分）",
    "sheets": "评分表数",
    "run": "指标结果",
    "scored": "评分项数",
    "seed": "抽样种子",
    "lists": "抽样人群",
    "until": "申诉截止",
    "number": "序号",
    "organization": "机构",
    "stage": "环节",
    "subjects": "对象数",
    "version": "版本",
    "round": "评价轮次",
    "settlement": "结算",
    "service": "服务项目",
    "counted": "计入",
    "record": "记录",
    "sample": "抽查名单",
    "document": "依据文件",
    "list": "名单",
    "measure": "指标",
    "period": "统计期",
    "side": "名单",
    "place": "单位",
    "area": "区划",
    "value": "数值",
    "level": "级别",
    "name": "名称",
    "persons": "人数",
    "periods": "统计期",
    "measures": "指标数",
    "size": "大小",
    "pinned": "长期保存",
    "fen": "金额（分）",
    "about": "对象",
    "since": "起始",
    "month": "月份",
    "institutions": "机构数",
    "central": "中央比例",
}
VALUES = {
    "name_sort": "姓名",
    "record_no": "档案编号",
    "filed_on": "建档日期",
    "-name_sort": "姓名倒序",
    "-record_no": "档案编号倒序",
    "-filed_on": "建档日期倒序",
    "-birth_date": "出生日期倒序",
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
    "computed": "已计算",
    "submitted": "待审批",
    "approved": "已批准",
    "posted": "已入账",
    "published": "已公布",
    "returned": "已退回",
    "failed": "未完成",
    "self_evaluation": "自评",
    "review": "复核",
    "on_site": "现场评价",
    "final": "定案",
    "original": "原项目",
    "transferred": "划转项目",
    "RECORD": "健康档案",
    "ELDER": "老年人",
    "HTN": "高血压患者",
    "DM": "2型糖尿病患者",
    "found": "已发现",
    "notified": "已通知",
    "accepted": "已认领",
    "objected": "有异议",
    "planning": "制定措施",
    "rectifying": "整改中",
    "rejected": "复查不通过",
    "closed": "已销号",
    "made": "待办理",
    "granted": "成立",
    "refused": "不成立",
    "referrals": "转诊追踪",
    "system": "系统",
    "self": "自评",
    "appeal": "申诉",
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
