"""What a 健康体检表 found, as conditions other rules are made of (physical_exam.md §3, derived abnormalities).

Hypertension, diabetes and older people lean on the same exam, so its thresholds are parameters of the exam (`exam.*`).
"""

from gongwei.language import AGE, FEMALE, MALE, SEX, Parameter, any_of, greatest
from gongwei.language.expressions import Node
from gongwei.programmes.health_record.forms import CheckUp as f

MG_IN_MMOL = 18  # mg/dL of glucose in one mmol/L (physical_exam.md §2.7)

# The higher arm counts (§3, vector 4); one arm alone is that arm.
systolic = greatest(f.systolic_left, f.systolic_right).if_missing(f.systolic_left, f.systolic_right)
diastolic = greatest(f.diastolic_left, f.diastolic_right).if_missing(f.diastolic_left, f.diastolic_right)

raised_pressure = (systolic >= Parameter("exam.raised_sbp")) | (diastolic >= Parameter("exam.raised_dbp"))
high_normal_pressure = ~raised_pressure & (
    (systolic >= Parameter("exam.high_normal_sbp")) | (diastolic >= Parameter("exam.high_normal_dbp"))
)
critical_pressure = (systolic >= Parameter("exam.critical_sbp")) | (
    diastolic >= Parameter("exam.critical_dbp")
)

overweight = f.bmi >= Parameter("exam.overweight_bmi")
obese = f.bmi >= Parameter("exam.obese_bmi")
thin = f.bmi < Parameter("exam.thin_bmi")
wide_waist = ((SEX == MALE) & (f.waist >= Parameter("exam.waist_male"))) | (
    (SEX == FEMALE) & (f.waist >= Parameter("exam.waist_female"))
)

#: 空腹血糖 in mmol/L, whichever unit the paper had.
fasting_glucose = f.fasting_glucose.if_missing((f.fasting_glucose_mg / MG_IN_MMOL).round(1))
raised_glucose = fasting_glucose >= Parameter("exam.raised_glucose")
impaired_glucose = (fasting_glucose >= Parameter("exam.impaired_glucose")) & ~raised_glucose
raised_hba1c = f.hba1c >= Parameter("exam.raised_hba1c")
critical_glucose = (fasting_glucose >= Parameter("exam.critical_glucose_high")) | (
    fasting_glucose <= Parameter("exam.critical_glucose_low")
)

abnormal_lipids = (
    (f.total_cholesterol >= Parameter("exam.total_cholesterol"))
    | (f.triglycerides >= Parameter("exam.triglycerides"))
    | (f.ldl_c >= Parameter("exam.ldl_c"))
    | (f.hdl_c < Parameter("exam.hdl_c"))
)
anaemia = ((SEX == MALE) & (f.haemoglobin < Parameter("exam.anaemia_male"))) | (
    (SEX == FEMALE) & (f.haemoglobin < Parameter("exam.anaemia_female"))
)


def above_upper(field: Node, name: str) -> Node:
    """Above the upper reference of the sex: parameters `exam.<name>_male` and `exam.<name>_female`."""
    return ((SEX == MALE) & (field > Parameter(f"exam.{name}_male"))) | (
        (SEX == FEMALE) & (field > Parameter(f"exam.{name}_female"))
    )


raised_alt = above_upper(f.alt.node, "alt")
raised_ast = above_upper(f.ast.node, "ast")
raised_creatinine = above_upper(f.creatinine.node, "creatinine")
slow_or_fast_heart = any_of(
    *(
        (rate < Parameter("exam.heart_rate_low")) | (rate > Parameter("exam.heart_rate_high"))
        for rate in (f.heart_rate, f.pulse_rate)
    )
)
irregular_heart = f.heart_rhythm != "1"
abnormal_urine = any_of(
    *(~strip.is_in("-", "+-") for strip in (f.urine_protein, f.urine_glucose, f.urine_ketones, f.urine_blood))
)

#: What “体检无异常” contradicts (PE2). What was not measured contradicts nothing.
abnormal = any_of(
    raised_pressure,
    overweight,
    thin,
    wide_waist,
    raised_glucose | impaired_glucose,
    abnormal_lipids,
    anaemia,
    raised_alt | raised_ast,
    raised_creatinine,
    slow_or_fast_heart,
    irregular_heart,
    abnormal_urine,
).if_missing(False)

# Risks of the way of living, as 高血压 and 糖尿病 count them.
salty_diet = f.diet_habits.has("4")
heavy_drinking = f.drinking_frequency.is_in("3", "4") & (
    f.alcohol_liang_per_day >= Parameter("exam.heavy_drinking_liang")
)
inactive = f.exercise_frequency.is_in("3", "4")
adult = AGE >= Parameter("exam.adult_age")
