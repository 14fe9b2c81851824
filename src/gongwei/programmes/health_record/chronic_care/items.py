"""Items that stand on the paper forms of every chronic disease, with one unit, one pair of ranges and one standard code each.

A form takes an item up in its own place and under the label printed there; anything else may be said again at that place:

    systolic = items.systolic("收缩压", required=completed)

An item that carries a code is one question: whoever has both diseases is asked it once. What may differ between the diseases
(drugs, adverse reaction, complication, class, referral, next date) has none.

Ranges are those of hypertension.md §3 ([D] where no norm gives them).
"""

from decimal import Decimal
from functools import partial

from gongwei.language import GW, LOINC, Choice, Date, Person, Quantity, RowGroup, Text
from gongwei.language.expressions import Node
from gongwei.programmes.health_record.chronic_care import options

SIGNS, LIFESTYLE = "体征", "生活方式指导"

# How the contact came out. Somebody lost, dead or refusing was not measured: what a form demands it demands of completed contacts.
result = partial(Choice, options=options.RESULTS, note="不填写为完成", code=GW("follow_up_result"))


def was_completed(result: Choice) -> Node:
    """The contact took place; 随访结果 not answered means that it did."""
    return result.if_missing(options.DONE) == options.DONE


def not_completed_reason(label: str, result: Choice) -> Text:
    """Why there was no contact; asked of those lost or refusing."""
    return Text(
        label,
        only_if=result.is_in(options.LOST, options.REFUSED),
        required=True,
        code=GW("not_completed_reason"),
    )


def death_on(label: str, result: Choice) -> Date:
    """Day of death, asked of the dead."""
    return Date(label, only_if=result == options.DEAD, required=True, past=True, code=GW("death_on"))


def death_cause(label: str, result: Choice) -> Text:
    """Cause of death, asked of the dead."""
    return Text(label, only_if=result == options.DEAD, required=True, code=GW("death_cause"))


mode = partial(Choice, options=options.MODES, code=GW("follow_up_mode"))
responsible_doctor = partial(Person, required=True, code=GW("responsible_doctor"))
resident_signature = partial(Text, max_length=50, code=GW("resident_signature"))

# 体征
_sign = partial(Quantity, section=SIGNS)
systolic = partial(_sign, unit="mmHg", between=(40, 300), expected=(90, 179), code=LOINC("8480-6"))
diastolic = partial(_sign, unit="mmHg", between=(20, 200), expected=(50, 109), code=LOINC("8462-4"))
heart_rate = partial(_sign, unit="次/分钟", between=(20, 250), expected=(50, 110), code=LOINC("8867-4"))
height = partial(_sign, unit="cm", decimals=1, between=(50, 250), expected=(130, 200), code=LOINC("8302-2"))
weight = partial(_sign, unit="kg", decimals=1, between=(2, 300), expected=(30, 150), code=LOINC("29463-7"))
weight_goal = partial(
    weight, carry=True, code=GW("weight_goal")
)  # aimed at, not measured: no code of a measurement
bmi = partial(_sign, unit="kg/m²", decimals=1, between=(8, 80), expected=(15, 40), code=LOINC("39156-5"))
bmi_goal = partial(bmi, code=GW("bmi_goal"))

# 生活方式指导: the present amount and the amount aimed at by the next contact, the same question twice.
_habit = partial(Quantity, carry=True, section=LIFESTYLE)
cigarettes = partial(_habit, unit="支", between=(0, 200), expected=(0, 60), code=GW("cigarettes"))
cigarettes_goal = partial(cigarettes, code=GW("cigarettes_goal"))
alcohol_liang = partial(
    _habit, unit="两", decimals=1, between=(0, 50), expected=(0, 10), code=GW("alcohol_liang")
)
alcohol_liang_goal = partial(alcohol_liang, code=GW("alcohol_liang_goal"))
exercise_per_week = partial(
    _habit, unit="次/周", between=(0, 50), expected=(0, 14), code=GW("exercise_per_week")
)
exercise_per_week_goal = partial(exercise_per_week, code=GW("exercise_per_week_goal"))
exercise_minutes = partial(
    _habit, unit="分钟/次", between=(0, 600), expected=(0, 120), code=GW("exercise_minutes")
)
exercise_minutes_goal = partial(exercise_minutes, code=GW("exercise_minutes_goal"))
_graded = partial(Choice, options=options.GRADES, carry=True, section=LIFESTYLE)
psychological_adjustment = partial(_graded, code=GW("psychological_adjustment"))
compliance = partial(_graded, code=GW("compliance"))
medication_adherence = partial(Choice, options=options.ADHERENCE, carry=True, code=GW("medication_adherence"))


class Medication(RowGroup):
    """One line of 用药情况: one drug with times a day and dose. Times a day 1–6 [D]."""

    name = Text("药物名称", required=True, max_length=100)
    times_a_day = Quantity("每日次数", unit="次", between=(1, 24), expected=(1, 6), required=True)
    dose = Quantity("每次剂量", decimals=2, between=(Decimal("0.01"), 1000), required=True)
    dose_unit = Choice("剂量单位", options.DOSE_UNITS, required=True)
