"""What counts as one paid service. Prices are policy and live elsewhere."""

from gongwei.language.services import ServiceItem
from gongwei.programmes.diabetes.forms import NORM, FollowUp
from gongwei.programmes.diabetes.measures import tested
from gongwei.programmes.health_record.chronic_care.measures import face_to_face

SERVICES = (
    ServiceItem(
        "dm.follow_up",
        "2型糖尿病患者面对面随访",
        on=FollowUp,
        counts_if=face_to_face(FollowUp) & tested,
        at_most=4,
        source=f"{NORM} 二（二）（三）：每年提供4次免费空腹血糖检测，至少进行4次面对面随访",
    ),
)
