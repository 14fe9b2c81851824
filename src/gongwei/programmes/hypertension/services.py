"""What counts as one paid service. Prices are policy and live elsewhere."""

from gongwei.language.services import ServiceItem
from gongwei.programmes.health_record.chronic_care.measures import face_to_face
from gongwei.programmes.hypertension import rules
from gongwei.programmes.hypertension.forms import NORM, FollowUp

SERVICES = (
    ServiceItem(
        "htn.follow_up",
        "高血压患者面对面随访",
        on=FollowUp,
        counts_if=face_to_face(FollowUp) & rules.known_pressure,
        at_most=4,
        source=f"{NORM} 二（三）：每年要提供至少4次面对面的随访",
    ),
)
