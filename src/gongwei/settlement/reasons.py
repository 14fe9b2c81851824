"""Why a record is not one paid service: a closed list, in the order in which the first that applies is told.

Pure words. What a record shows about itself comes before what people found of it, that before how it stands among others of the
resident: so the first reason is the one whoever did the service can do something about (docs/decisions: counting).
"""

from __future__ import annotations

from gongwei.language.services import INCOMPLETE, NOT_COMPLETED, NOT_ELIGIBLE, NOT_FACE_TO_FACE

ENTERED_IN_ERROR, SUPERSEDED, OUTSIDE_PERIOD = "entered_in_error", "superseded", "outside_period"
RESIDENT_ENDED, NOT_ENROLLED = "resident_ended", "not_enrolled"
FINDING_CONFIRMED, FINDING_OPEN, OTHER_FUND = "finding_confirmed", "finding_open", "other_fund"
PAID_ELSEWHERE, DUPLICATE, TOO_EARLY, OVER_LIMIT = "paid_elsewhere", "duplicate", "too_early", "over_limit"
#: Not a reason but a lower weight: counted, entered late.
LATE_ENTRY = "late_entry"
#: Not a reason but why it counts all the same: an objection to an earlier settlement was granted.
GRANTED = "granted"

#: The closed list, the first that applies is told, with its words.
REASONS = {
    ENTERED_IN_ERROR: "记录已作废（录入有误）",
    SUPERSEDED: "已被更正的记录代替",
    OUTSIDE_PERIOD: "不在本次结算期内",
    RESIDENT_ENDED: "服务日期在居民死亡、迁出或撤档之后",
    NOT_ENROLLED: "服务当日居民不在该项管理中",
    NOT_ELIGIBLE: "不属于该项服务对象",
    NOT_COMPLETED: "服务未完成（失访、拒访等）",
    NOT_FACE_TO_FACE: "不是面对面服务",
    INCOMPLETE: "内容不完整",
    FINDING_CONFIRMED: "疑点已确认",
    FINDING_OPEN: "疑点待核实，核实后计入以后的结算",
    OTHER_FUND: "由其他经费支付",
    PAID_ELSEWHERE: "同一记录已按另一项服务计价",
    DUPLICATE: "同日重复",
    TOO_EARLY: "距上次计价服务过近，未到服务时间",
    OVER_LIMIT: "超过年度计价次数",
}
#: What a record marked from outside may be held for, the first applies.
HELD = (FINDING_CONFIRMED, FINDING_OPEN, OTHER_FUND)
#: Of these no objection helps: the record is no longer one, lies elsewhere, or is paid already.
FINAL = (ENTERED_IN_ERROR, SUPERSEDED, OUTSIDE_PERIOD, PAID_ELSEWHERE)
#: A record of these is nobody's service of that kind: told only where no other service claims it.
NOBODYS = (NOT_ENROLLED, NOT_ELIGIBLE)


def counted_words(detail: str) -> str:
    """What is to be said of a record that counted: nothing, or that an objection put it there."""
    return "申诉认定，予以计入" if detail == GRANTED else ""


def words(reason: str, detail: str = "") -> str:
    """A reason in Chinese, with what it is about (the part that is missing, the service that is paid instead)."""
    said = REASONS[reason]
    return f"{said}：{detail}" if detail else said
