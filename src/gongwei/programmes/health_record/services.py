"""What counts as one paid service: a new file with all it must hold, and its renewal. Prices are policy and live elsewhere."""

from gongwei.language import all_hold, conditions, previous
from gongwei.language.services import INCOMPLETE, Part, ServiceItem
from gongwei.programmes.health_record.forms import BasicInformation

NORM = "国家基本公共卫生服务规范（第三版）居民健康档案管理服务规范"

_first = previous(BasicInformation.done_on).is_missing()
_parts = (
    Part(
        "必填项目",
        all_hold(*(each.holds for each in conditions(BasicInformation) if each.rule == "required")),
        INCOMPLETE,
    ),
)

SERVICES = (
    ServiceItem(
        "record.created",
        "新建规范电子健康档案",
        on=BasicInformation,
        about=_first,
        parts=_parts,
        at_most=1,
        source=f"{NORM} 二、服务内容（二）居民健康档案的建立",
    ),
    # A correction supersedes the sheet it corrects and is no renewal; a later sheet of its own day is one.
    ServiceItem(
        "record.updated",
        "居民健康档案更新",
        on=BasicInformation,
        about=~_first,
        parts=_parts,
        at_most=1,
        source=f"{NORM} 二、服务内容（三）居民健康档案的使用：及时更新、补充相应记录内容",
    ),
)
