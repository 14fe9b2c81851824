"""What is known about a resident apart from any record: the attributes a condition may name."""

from __future__ import annotations

from typing import Any

from gongwei.language.intervals import Unit
from gongwei.language.operators import DateDistance
from gongwei.language.record_nodes import Attribute, RecordDay
from gongwei.language.types import DATE, Options, code_of
from gongwei.language.words import distance

#: 性别代码 GB/T 2261.1.
SEXES = Options(
    "性别", {"0": "未知的性别", "1": "男", "2": "女", "9": "未说明的性别"}, standard="GB/T 2261.1"
)
MALE, FEMALE = "1", "2"
#: 常住类型, records.md §4 item 11.
RESIDENCE_TYPES = Options("常住类型", {"1": "户籍", "2": "非户籍"}, standard="WS 365 DE02.01.003.00")

SEX = Attribute("sex", code_of(SEXES), "性别")
BIRTH_DATE = Attribute("birth_date", DATE, "出生日期")
RESIDENCE_TYPE = Attribute("residence_type", code_of(RESIDENCE_TYPES), "常住类型")
LIVES_HERE_SINCE = Attribute("lives_here_since", DATE, "居住起始日期")
LEFT_ON = Attribute("left_on", DATE, "迁出日期")
FILED_ON = Attribute("filed_on", DATE, "建档日期")
CANCELLED_ON = Attribute("cancelled_on", DATE, "注销日期")
DIED_ON = Attribute("died_on", DATE, "死亡日期")

#: The closed list; the row, phone and columnar engines look attributes up by these names.
ATTRIBUTES: tuple[Attribute, ...] = (
    SEX,
    BIRTH_DATE,
    RESIDENCE_TYPE,
    LIVES_HERE_SINCE,
    LEFT_ON,
    FILED_ON,
    CANCELLED_ON,
    DIED_ON,
)

DONE_ON = RecordDay()
#: Completed years, months and days of age on the record's day (实足年龄).
AGE = distance(Unit.YEAR, BIRTH_DATE, DONE_ON)
AGE_MONTHS = distance(Unit.MONTH, BIRTH_DATE, DONE_ON)
AGE_DAYS = distance(Unit.DAY, BIRTH_DATE, DONE_ON)


def age_at(day: Any, unit: Unit | str = Unit.YEAR) -> DateDistance:
    """Completed age on a day; `age_at(PERIOD.last)` is the age at the end of the period."""
    return distance(unit, BIRTH_DATE, day)
