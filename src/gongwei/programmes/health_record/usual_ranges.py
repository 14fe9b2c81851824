"""What is usual for the measurements of 健康体检表, as the report for the resident prints it beside each value.

The thresholds are the dated parameters the abnormal results are judged by, so both always say the same.
"""

from gongwei.interfaces.print.words import Usual
from gongwei.programmes.health_record.check_up import CheckUp as C

USUAL = (
    Usual(C.pulse_rate, low="exam.heart_rate_low", high="exam.heart_rate_high"),
    Usual(C.heart_rate, low="exam.heart_rate_low", high="exam.heart_rate_high"),
    Usual(C.systolic_left, high="exam.raised_sbp", below=True),
    Usual(C.diastolic_left, high="exam.raised_dbp", below=True),
    Usual(C.systolic_right, high="exam.raised_sbp", below=True),
    Usual(C.diastolic_right, high="exam.raised_dbp", below=True),
    Usual(C.bmi, low="exam.thin_bmi", high="exam.overweight_bmi", below=True),
    Usual(C.waist, high="exam.waist_{sex}", below=True),
    Usual(C.haemoglobin, low="exam.anaemia_{sex}", high="exam.haemoglobin_high_{sex}"),
    Usual(C.wbc, low="exam.wbc_low", high="exam.wbc_high"),
    Usual(C.platelets, low="exam.platelets_low", high="exam.platelets_high"),
    Usual(C.fasting_glucose, low="exam.critical_glucose_low", high="exam.impaired_glucose", below=True),
    Usual(C.hba1c, high="exam.raised_hba1c", below=True),
    Usual(C.urine_microalbumin, high="exam.urine_microalbumin", below=True),
    Usual(C.alt, high="exam.alt_{sex}"),
    Usual(C.ast, high="exam.ast_{sex}"),
    Usual(C.albumin, low="exam.albumin_low"),
    Usual(C.total_bilirubin, high="exam.total_bilirubin_{sex}"),
    Usual(C.direct_bilirubin, high="exam.direct_bilirubin"),
    Usual(C.creatinine, high="exam.creatinine_{sex}"),
    Usual(C.urea, high="exam.urea_{sex}"),
    Usual(C.potassium, low="exam.potassium_low", high="exam.potassium_high"),
    Usual(C.sodium, low="exam.sodium_low", high="exam.sodium_high"),
    Usual(C.total_cholesterol, high="exam.total_cholesterol_border", below=True),
    Usual(C.triglycerides, high="exam.triglycerides_border", below=True),
    Usual(C.ldl_c, high="exam.ldl_c_border", below=True),
    Usual(C.hdl_c, low="exam.hdl_c"),
)
