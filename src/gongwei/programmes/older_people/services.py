"""What counts as one paid service: the yearly package whole (elderly.md §2, EL1). Prices are policy and live elsewhere."""

from gongwei.language.services import ServiceItem
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.older_people import rules
from gongwei.programmes.older_people.forms import SelfCareAssessment

SERVICES = (
    ServiceItem(
        "older.management",
        "65岁及以上老年人健康管理",
        on=CheckUp,
        counts_if=rules.old_enough_on_record & completeness.for_older_people & completeness.guided,
        at_most=1,
        source=f"{rules.NORM} 二、服务内容：每年为老年人提供1次健康管理服务",
    ),
    ServiceItem(
        "older.self_care",
        "老年人生活自理能力评估",
        on=SelfCareAssessment,
        counts_if=rules.old_enough_on_record & SelfCareAssessment.total.is_known(),
        at_most=1,
        source=f"{rules.NORM} 二、服务内容（一）",
    ),
)
