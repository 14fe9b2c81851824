"""When a 健康体检表 is complete for the group it is done for (physical_exam.md §1.1, the "complete form" rule).

An item counts as there when it is answered; for the blocks of 辅助检查 that were refused a county may count the refusal
(`exam.refused_counts_complete` [?]). The form is complete when `exam.complete_ratio` of the items the group needs are there.
"""

from collections.abc import Iterable

from gongwei.language import AGE, TEXT, TRUTH, Choice, Parameter, all_hold, count_true
from gongwei.language.expressions import Expression, Node
from gongwei.programmes.health_record.forms import CheckUp as f

REFUSED = "2"
OLD = 65  # 老年人四项 are asked from this age on (physical_exam.md §2.3)


def _known(*fields: Expression) -> tuple[Node, ...]:
    return tuple(field.is_known() for field in fields)


def _tested(not_done: Choice, *fields: Expression) -> tuple[Node, ...]:
    """Tests of one block: answered, or refused where that counts."""
    refused = Parameter("exam.refused_counts_complete", TRUTH) & (not_done == REFUSED).if_missing(False)
    return tuple(field.is_known() | refused for field in fields)


LIVING = _known(
    f.symptoms, f.exercise_frequency, f.diet_habits, f.smoking_status, f.drinking_frequency, f.assessment
)
GENERAL = (
    *_known(f.body_temperature, f.pulse_rate, f.respiratory_rate, f.height, f.weight, f.waist),
    (f.systolic_left.is_known() & f.diastolic_left.is_known())
    | (f.systolic_right.is_known() & f.diastolic_right.is_known()),
)
OLDER_ITEMS = tuple(
    (AGE < OLD) | field.is_known()
    for field in (f.elderly_self_rated_health, f.elderly_self_care, f.elderly_cognition, f.elderly_emotion)
)
ORGANS = (
    *_known(f.lips, f.teeth, f.pharynx, f.hearing, f.motor_function),
    f.vision_left.is_known() | f.vision_corrected_left.is_known(),
    f.vision_right.is_known() | f.vision_corrected_right.is_known(),
)
BODY = _known(
    f.skin,
    f.lymph_nodes,
    f.breath_sounds,
    f.rales,
    f.heart_rhythm,
    f.heart_murmur,
    f.abdomen_tenderness,
    f.abdomen_mass,
    f.hepatomegaly,
    f.splenomegaly,
)
FOOT_PULSE = _known(f.dorsalis_pedis)
BLOOD_COUNT = _tested(f.blood_count_not_done, f.haemoglobin, f.wbc, f.platelets)
URINE = _tested(f.urine_not_done, f.urine_protein, f.urine_glucose, f.urine_ketones, f.urine_blood)
GLUCOSE = _tested(f.fasting_glucose_not_done, f.fasting_glucose.if_missing(f.fasting_glucose_mg))
LIVER = _tested(f.liver_not_done, f.alt, f.ast, f.total_bilirubin)
KIDNEY = _tested(f.kidney_not_done, f.creatinine, f.urea)
LIPIDS = _tested(f.lipids_not_done, f.total_cholesterol, f.triglycerides, f.ldl_c, f.hdl_c)
ECG = _tested(f.ecg_not_done, f.ecg)
ULTRASOUND = _tested(f.ultrasound_not_done, f.ultrasound_abdomen)
CHEST_XRAY = _tested(f.chest_xray_not_done, f.chest_xray)[0]
HBA1C = _tested(f.hba1c_not_done, f.hba1c)[0]

#: 健康指导: something was advised, or a risk was named to work on.
guided = f.guidance.is_known() | f.risk_control.is_known()
#: Nobody was left without an assessment.
assessed = f.assessment.is_known()


def enough_of(items: Iterable[Node], dated: Iterable[tuple[Node, Node]] = ()) -> Node:
    """As many items are there as the county wants. `dated`: (needed since its day, there) pairs that may not be needed yet."""
    items, dated = tuple(items), tuple(dated)
    needed = len(items) + count_true(*(need for need, _ in dated)) if dated else len(items)
    there = count_true(*items, *(need & there for need, there in dated))
    return there >= Parameter("exam.complete_ratio") * needed


_EVERYBODY = (*LIVING, *GENERAL, *OLDER_ITEMS, *ORGANS, *BODY)

#: 高血压: blood and urine tests are free only where a county pays them.
for_hypertension = all_hold(enough_of(_EVERYBODY), guided)
#: 2型糖尿病: with foot pulse and fasting glucose.
for_diabetes = all_hold(enough_of((*_EVERYBODY, *FOOT_PULSE, *GLUCOSE)), guided)

_required = Parameter("older.required_items", TEXT)
#: 老年人: the tests of the norm; chest X-ray and HbA1c from the day on that `older.required_items` says. Guidance is its own part.
for_older_people = enough_of(
    (
        *_EVERYBODY,
        *BLOOD_COUNT,
        *URINE,
        *GLUCOSE,
        *LIVER,
        *KIDNEY,
        *LIPIDS,
        *ECG,
        *ULTRASOUND,
    ),
    dated=(
        (_required.is_in("with_dr", "with_dr_hba1c"), CHEST_XRAY),
        (_required.is_in("with_hba1c", "with_dr_hba1c"), HBA1C),
    ),
)
#: 新建档: what every resident's first exam holds.
for_new_record = all_hold(enough_of(_EVERYBODY), guided)
