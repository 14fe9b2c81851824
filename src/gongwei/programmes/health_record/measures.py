"""How the record itself is judged (records.md §8). 健康档案使用率 asks every programme's forms and is put together elsewhere."""

from gongwei.language import (
    CANCELLED_ON,
    DIED_ON,
    FILED_ON,
    LEFT_ON,
    PERIOD,
    all_hold,
    conditions,
)
from gongwei.language.measures import Fact, Measure, Published, all_of
from gongwei.programmes.health_record.basic_information import BasicInformation

NORM = "国家基本公共卫生服务规范（第三版）居民健康档案管理服务规范 四、工作指标"
POPULATION = Published("resident_population", "辖区内常住居民数")

_still_here = all_hold(
    FILED_ON <= PERIOD.last,
    ~(DIED_ON <= PERIOD.last).if_missing(False),
    ~(LEFT_ON <= PERIOD.last).if_missing(False),
    ~(CANCELLED_ON <= PERIOD.last).if_missing(False),
)
on_file = Fact("期末在档", _still_here, if_none=False, code="record_on_file")
_complete = all_hold(*(each.holds for each in conditions(BasicInformation) if each.rule == "required"))
basic_complete = Fact(
    "个人基本信息表填写完整",
    BasicInformation.latest_until(PERIOD, _complete),
    if_none=False,
    code="record_basic_complete",
)

MEASURES = (
    Measure("HR.1", "健康档案建档率", POPULATION, all_of(), among=on_file, source=NORM),
    Measure(
        "HR.2",
        "电子健康档案建档率",
        POPULATION,
        all_of(),
        among=on_file,
        source=NORM,
        note="本系统的档案都是电子档案，与健康档案建档率相同",
    ),
    Measure(
        "HR.3",
        "居民规范化电子健康档案覆盖率",
        POPULATION,
        all_of(basic_complete),
        among=on_file,
        source="国家基本公共卫生服务项目指标说明：完成档案封面和个人基本信息表",
        note="封面项目为居民登记的必填项；0～6岁儿童以新生儿家庭访视记录表为准，该表随儿童健康管理启用",
    ),
)
