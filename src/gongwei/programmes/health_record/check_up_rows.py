"""The small tables inside 健康体检表 (physical_exam.md 2.4, 2.9, 2.10)."""

from gongwei.language import Choice, Date, Quantity, RowGroup, Text
from gongwei.programmes.health_record import options_check_up as options


class OccupationalHazard(RowGroup):
    """毒物种类: one hazard met at work, and whether there was protection."""

    hazard = Choice("毒物种类", options.EXPOSURE_KINDS, required=True)
    hazard_name = Text("名称", max_length=50)
    protection = Choice("防护措施", options.NONE_OR_SOME)
    protection_detail = Text("防护措施说明", max_length=100)


class Hospitalization(RowGroup):
    """住院史 of the last year."""

    admitted_on = Date("入院日期", required=True, past=True)
    discharged_on = Date("出院日期", past=True)
    cause = Text("原因", max_length=100, required=True)
    hospital = Text("医疗机构名称", max_length=70)
    case_number = Text("病案号", max_length=30)


class HomeBed(RowGroup):
    """家庭病床史 of the last year."""

    opened_on = Date("建床日期", required=True, past=True)
    closed_on = Date("撤床日期", past=True)
    cause = Text("原因", max_length=100, required=True)
    hospital = Text("医疗机构名称", max_length=70)
    case_number = Text("病案号", max_length=30)


class Medication(RowGroup):
    """主要用药情况: a drug taken over a long time."""

    drug = Text("药物名称", max_length=70, required=True)
    route = Text("用法", max_length=50)
    dose = Text("用量", max_length=50)
    duration = Quantity("用药时间", between=(0, 1200))
    duration_unit = Choice("用药时间单位", options.DURATION_UNITS)
    adherence = Choice("服药依从性", options.ADHERENCE)


class Vaccination(RowGroup):
    """非免疫规划预防接种史."""

    vaccine = Text("名称", max_length=70, required=True)
    given_on = Date("接种日期", past=True)
    given_at = Text("接种机构", max_length=70)


class Abnormality(RowGroup):
    """异常1..4 of the health assessment; electronically without limit."""

    finding = Text("异常", max_length=200, required=True)
