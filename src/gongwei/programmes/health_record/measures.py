"""How the record itself is judged (records.md §7, §8): filed, complete, in use."""

from collections.abc import Sequence

from gongwei.language import (
    CANCELLED_ON,
    DIED_ON,
    DONE_ON,
    FILED_ON,
    LEFT_ON,
    PERIOD,
    TEXT,
    TRUTH,
    Parameter,
    all_hold,
    any_of,
    conditions,
    months,
)
from gongwei.language.expressions import Node
from gongwei.language.measures import Fact, KnownAs, Measure, Published, Sampled, all_of
from gongwei.language.programmes import DynamicEvent, Programme
from gongwei.programmes.health_record.basic_information import BasicInformation
from gongwei.programmes.health_record.check_up import CheckUp
from gongwei.programmes.health_record.chronic_care import completeness

SERVICE = "国家基本公共卫生服务规范（第三版）居民健康档案管理服务规范 三（二）居民健康档案的使用"
COMPLETENESS = "档案质量核查 完整性"
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
examined = Fact("年内做了健康体检", CheckUp.any_in(PERIOD), code="record_examined")
exam_complete = Fact(
    "健康体检表填写完整",
    CheckUp.any_in(PERIOD, where=completeness.for_new_record),
    code="record_exam_complete",
)

MEASURES = (
    Measure(
        "HR.1",
        "健康档案建档率",
        POPULATION,
        all_of(),
        among=on_file,
        source=NORM,
        known_as=(KnownAs("record_rate"),),
    ),
    Measure(
        "HR.2",
        "电子健康档案建档率",
        POPULATION,
        all_of(),
        among=on_file,
        source=NORM,
        note="本系统的档案都是电子档案，与健康档案建档率相同",
        known_as=(KnownAs("erecord_rate"),),
    ),
    Measure(
        "HR.3",
        "居民规范化电子健康档案覆盖率",
        POPULATION,
        all_of(basic_complete),
        among=on_file,
        source="国家基本公共卫生服务项目指标说明：完成档案封面和个人基本信息表",
        note="封面项目为居民登记的必填项；0～6岁儿童以新生儿家庭访视记录表为准，该表随儿童健康管理启用",
        known_as=(KnownAs("erecord_std_coverage"),),
    ),
    Measure(
        "HR.6",
        "个人基本信息表完整率",
        on_file,
        all_of(basic_complete),
        source=f"{COMPLETENESS}：必填项目填写完整的档案占全部档案的比例",
        sampled=Sampled("RECORD", "健康档案"),
    ),
    Measure(
        "HR.7",
        "健康体检表完整率",
        examined,
        all_of(exam_complete),
        source=f"{COMPLETENESS}：体检表缺项不超过规定比例",
        note="按每位居民都查的项目；老年人、高血压、糖尿病患者另有必查项目，见各自的指标",
    ),
)


def joint_measures(programmes: Sequence[Programme]) -> tuple[Measure, ...]:
    """What asks the records of every programme: whether a file is in use (动态记录, records.md §7).

    Counted are records of the year, or of the last twelve months where the county counts so. Filling in the basic form counts
    only where the county says so [?]. Signing a contract, printing and looking are no records and never count.
    """
    used = Fact(
        "有动态记录", in_use([event for each in programmes for event in each.dynamic]), code="record_used"
    )
    return (
        Measure(
            "HR.4",
            "健康档案使用率",
            on_file,
            all_of(used),
            source=SERVICE,
            note="动态记录：有符合规范要求的服务记录，或有就诊记录与档案相关联；只修改基本信息、签约、打印、查看不算",
            known_as=(KnownAs("record_use_rate"),),
            cumulative=True,
        ),
        Measure(
            "HR.5",
            "三星档案占比",
            on_file,
            all_of(basic_complete, used),
            source="档案星级管理：一星为封面完整，二星为个人基本信息表完整，三星另有动态记录",
            note="部分地区采用的办法，只供参考",
        ),
    )


def in_use(events: Sequence[DynamicEvent]) -> Node:
    """One of these records in the period, or in the twelve months up to its end."""
    basic = DynamicEvent(BasicInformation)
    by_year = Parameter("record.use_window", TEXT) == "calendar_year"
    counts_basic = Parameter("record.count_basic_edit", TRUTH)

    def done(event: DynamicEvent) -> Node:
        return event.on.any_in(PERIOD, where=event.when)

    def done_lately(event: DynamicEvent) -> Node:
        return event.on.latest_until(PERIOD, DONE_ON, event.when) > PERIOD.last - months(12)

    return (by_year & any_of(*map(done, events), counts_basic & done(basic))) | (
        ~by_year & any_of(*map(done_lately, events), counts_basic & done_lately(basic))
    )
