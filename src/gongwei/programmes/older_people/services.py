"""What counts as one paid service: the yearly package whole (elderly.md §2, EL1). Prices are policy and live elsewhere."""

from gongwei.language.services import INCOMPLETE, NOT_ELIGIBLE, Part, ServiceItem
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.older_people import rules
from gongwei.programmes.older_people.forms import SelfCareAssessment

_old_enough = Part("年满65岁", rules.old_enough_on_record, NOT_ELIGIBLE)

SERVICES = (
    ServiceItem(
        "older.management",
        "65岁及以上老年人健康管理",
        on=CheckUp,
        parts=(
            _old_enough,
            Part("体检项目齐全", completeness.for_older_people, INCOMPLETE),
            Part("健康指导", completeness.guided, INCOMPLETE),
        ),
        at_most=1,
        source=f"{rules.NORM} 二、服务内容：每年为老年人提供1次健康管理服务",
    ),
    ServiceItem(
        "older.feedback",
        "老年人体检结果反馈与指导",
        on=CheckUp,
        about=rules.old_enough_on_record,  # younger residents' exams are none of its business
        parts=(
            Part("结果反馈日期", CheckUp.reported_on.is_known(), INCOMPLETE),
            Part("健康指导", completeness.guided, INCOMPLETE),
        ),
        at_most=1,
        source=f"{rules.NORM} 二、服务内容（四）：告知评价结果并进行相应健康指导",
    ),
    ServiceItem(
        "older.self_care",
        "老年人生活自理能力评估",
        on=SelfCareAssessment,
        parts=(_old_enough, Part("评估总分", SelfCareAssessment.total.is_known(), INCOMPLETE)),
        at_most=1,
        source=f"{rules.NORM} 二、服务内容（一）",
    ),
)
