"""What counts as one paid service. Prices are policy and live elsewhere."""

from gongwei.language.services import INCOMPLETE, NOT_COMPLETED, NOT_FACE_TO_FACE, Part, ServiceItem
from gongwei.programmes.health_record.chronic_care import completeness, options
from gongwei.programmes.health_record.chronic_care.measures import face_to_face
from gongwei.programmes.health_record.chronic_care.rules import two_week_rows
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.hypertension import rules
from gongwei.programmes.hypertension.forms import NORM, FollowUp
from gongwei.programmes.hypertension.schedule import EPISODE, FOLLOW_UP

_at_home = (FollowUp.mode == options.HOME).if_missing(False)
_parts = (
    Part("已完成随访", FollowUp.completed, NOT_COMPLETED),
    Part("门诊或家庭随访", face_to_face(FollowUp), NOT_FACE_TO_FACE),
    Part("收缩压和舒张压", rules.known_pressure, INCOMPLETE),
)
_reopens = rules.CLASSIFY.chosen.is_in(*two_week_rows(rules.CLASSIFY))
_SOURCE = f"{NORM} 二（三）：每年要提供至少4次面对面的随访"

SERVICES = (
    ServiceItem(
        "htn.follow_up",
        "高血压患者面对面随访",
        on=FollowUp,
        about=~_at_home,
        parts=_parts,
        at_most=4,
        episode=EPISODE,
        contact=FOLLOW_UP,
        reopens_if=_reopens,
        source=_SOURCE,
    ),
    # Paid more for the way there; the four of a year are four, wherever they took place.
    ServiceItem(
        "htn.follow_up_home",
        "高血压患者上门随访",
        on=FollowUp,
        about=_at_home,
        series="htn.follow_up",
        parts=_parts,
        at_most=4,
        episode=EPISODE,
        contact=FOLLOW_UP,
        reopens_if=_reopens,
        source=_SOURCE,
    ),
    ServiceItem(
        "htn.check_up",
        "高血压患者年度健康体检",
        on=CheckUp,
        parts=(Part("体检项目齐全并有健康指导", completeness.for_hypertension, INCOMPLETE),),
        at_most=1,
        episode=EPISODE,
        source=f"{NORM} 二（四）：每年进行1次较全面的健康检查，可与随访相结合",
    ),
)
