"""What counts as one paid service. Prices are policy and live elsewhere."""

from gongwei.language.services import INCOMPLETE, NOT_COMPLETED, NOT_FACE_TO_FACE, Part, ServiceItem
from gongwei.programmes.diabetes import rules
from gongwei.programmes.diabetes.forms import NORM, FollowUp
from gongwei.programmes.diabetes.measures import tested
from gongwei.programmes.diabetes.schedule import EPISODE, FOLLOW_UP
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.chronic_care.measures import face_to_face
from gongwei.programmes.health_record.chronic_care.rules import two_week_rows
from gongwei.programmes.health_record.forms import CheckUp

SERVICES = (
    ServiceItem(
        "dm.follow_up",
        "2型糖尿病患者面对面随访",
        on=FollowUp,
        parts=(
            Part("已完成随访", FollowUp.completed, NOT_COMPLETED),
            Part("门诊或家庭随访", face_to_face(FollowUp), NOT_FACE_TO_FACE),
            Part("空腹血糖", tested, INCOMPLETE),
        ),
        at_most=4,
        episode=EPISODE,
        contact=FOLLOW_UP,
        reopens_if=rules.CLASSIFY.chosen.is_in(*two_week_rows(rules.CLASSIFY)),
        source=f"{NORM} 二（二）（三）：每年提供4次免费空腹血糖检测，至少进行4次面对面随访",
    ),
    ServiceItem(
        "dm.check_up",
        "2型糖尿病患者年度健康体检",
        on=CheckUp,
        parts=(Part("体检项目齐全并有健康指导", completeness.for_diabetes, INCOMPLETE),),
        at_most=1,
        episode=EPISODE,
        source=f"{NORM} 二（四）：每年进行1次较全面的健康体检，可与随访相结合",
    ),
)
