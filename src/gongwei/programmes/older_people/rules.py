"""Who is old enough, and what a self-care assessment leads to (elderly.md §1, §4)."""

from datetime import date
from typing import Any

from gongwei.language import BIRTH_DATE, DONE_ON, TEXT, YEAR, Parameter, case, distance
from gongwei.language.abnormal import Abnormal
from gongwei.language.decisions import Advise, DecisionTable, Row
from gongwei.language.expressions import Node
from gongwei.programmes.older_people.forms import SelfCareAssessment as f

NORM = "国家基本公共卫生服务规范（第三版）老年人健康管理服务规范"

free_age = Parameter("older.free_age")
age_rule = Parameter("older.age_rule", TEXT)


def _year(day: Any) -> Node:
    """The calendar year of a day, counted from 1900."""
    return distance(YEAR, date(1900, 1, 1), day)


def old_enough(day: Any) -> Node:
    """Whether somebody is of the age of the programme in the calendar year of a day.

    By 31 December unless the county counts from 1 January; whoever must have reached the age on the day of the service itself
    belongs to the year as well, and is asked for the age when the service is counted.
    """
    at_year_end = _year(day) - _year(BIRTH_DATE)
    return case(
        (age_rule == "by_birth_year_start", at_year_end - 1 >= free_age),
        otherwise=at_year_end >= free_age,
    )


#: On the day of a record: the year's rule, or the age on that very day.
old_enough_on_record = case(
    (age_rule == "on_service_date", distance(YEAR, BIRTH_DATE, DONE_ON) >= free_age),
    otherwise=old_enough(DONE_ON),
)

SELF_CARE = DecisionTable(
    "自理能力分级处理",
    on=f,
    source="elderly.md EL5；评估表分级",
    code="older.self_care",
    rows=(
        Row(
            "dependent",
            "不能自理，上门服务并列入失能老年人名单",
            f.total >= 19,
            (Advise("列入失能老年人名单，上门服务，优先签约；指导家属防压疮、防误吸、防跌倒"),),
        ),
        Row(
            "moderate",
            "中度依赖，上门服务",
            f.total >= 9,
            (Advise("上门服务，优先签约；指导家属照护和康复锻炼，防跌倒"),),
        ),
        Row(
            "light",
            "轻度依赖，指导锻炼和防跌倒",
            f.total >= 4,
            (Advise("指导功能锻炼，家中加装扶手、防滑垫"),),
        ),
        Row("independent", "可自理", f.total >= 0, (Advise("保持活动，每年评估一次"),)),
        Row("not_scored", "评估不全，无法分级", when=None),
    ),
)

ABNORMAL = tuple(
    Abnormal(f.level, f.level == level, name, explain=explain, advise=advise, source="elderly.md EL5")
    for level, name, explain, advise in (
        (
            "4",
            "不能自理",
            "您的日常生活基本需要别人照料。",
            "家里请安排专人照护，预防压疮和跌倒；可以向村医或卫生院申请上门服务。",
        ),
        (
            "3",
            "中度依赖",
            "您的日常生活需要别人较多的帮助。",
            "请家属多照看，预防跌倒；可以向村医或卫生院申请上门服务。",
        ),
        ("2", "轻度依赖", "您的部分日常生活需要别人帮助。", "坚持力所能及的活动，家中加装扶手、防滑垫。"),
    )
)
