"""接诊记录表, 会诊记录表 and 双向转诊单 as they are printed in the third edition."""

from gongwei.interfaces.print.words import Blank, Grid, Group, Of, Pairs, Paper, Row, Said
from gongwei.programmes.health_record.encounters import (
    Consultant,
    Consultation,
    OutpatientNote,
    Referral,
    ReferralBack,
)

_LARGE = {"widths": (6, 34), "size": 10.5, "pad": 2}

OUTPATIENT_NOTE = Paper(
    OutpatientNote,
    **_LARGE,
    rows=(
        Row("就诊者的主观资料", Blank(OutpatientNote.subjective, 0), height=48),
        Row("就诊者的客观资料", Blank(OutpatientNote.objective, 0), height=48),
        Row("评估", Blank(OutpatientNote.assessment, 0), height=48),
        Row("处置计划", Blank(OutpatientNote.plan, 0), height=48),
    ),
    after=("医生签字：", OutpatientNote.doctor, "\n接诊日期：", OutpatientNote.done_on),
)

CONSULTATION = Paper(
    Consultation,
    **_LARGE,
    rows=(
        Row("会诊原因", Blank(Consultation.cause, 0), height=60),
        Row("会诊意见", Blank(Consultation.opinion, 0), height=60),
        Grid(
            "会诊医生及其所在\n医疗卫生机构",
            Consultation.consultants,
            3,
            ("医疗卫生机构名称", (Said(Consultant.organization_name, 50),)),
            ("会诊医生签字", (Said(Consultant.doctor_name, 30),)),
        ),
    ),
    after=("责任医生：", Consultation.responsible_doctor, "\n会诊日期：", Consultation.done_on),
)

REFERRAL = Paper(
    Referral,
    widths=(10, 28),
    size=10,
    pad=2.6,
    lead="存根与转诊单",
    rows=(
        Group(
            "存根",
            Pairs(Row("患者姓名", Of("name")), Row("性别", Of("sex"))),
            Row("家庭住址", Of("address")),
            Row("联系电话", Of("phone")),
            Row(
                "",
                "于",
                Referral.done_on,
                "因病情需要，转入",
                Said(Referral.to_org, 50),
                "单位",
                Said(Referral.to_dept, 26),
                "科室",
                Said(Referral.to_doctor, 20),
                "接诊医生。",
            ),
            Pairs(
                Row("转诊医生（签字）", Referral.referring_doctor),
                Row("转出机构", Said(Referral.from_org, 30)),
            ),
        ),
        Group(
            "双向转诊（转出）单",
            Row(
                "",
                Said(Referral.to_org, 50),
                "（机构名称）：\n现有患者",
                Of("name"),
                "因病情需要，需转入贵单位，请予以接诊。",
            ),
            Row("初步印象", Blank(Referral.initial_impression, 0), height=16),
            Row("主要现病史\n（转出原因）", Blank(Referral.history_summary, 0), height=16),
            Row("主要既往史", Blank(Referral.past_history, 0), height=16),
            Row("治疗经过", Blank(Referral.treatment_done, 0), height=16),
            Pairs(
                Row("转诊医生（签字）", Referral.referring_doctor),
                Row("联系电话", Said(Referral.referring_phone, 26)),
            ),
            Pairs(Row("机构名称", Said(Referral.from_org, 30)), Row("日期", Referral.done_on)),
        ),
    ),
)

REFERRAL_BACK = Paper(
    ReferralBack,
    widths=(10, 28),
    size=10,
    pad=2.8,
    lead="存根与回转单",
    rows=(
        Group(
            "存根",
            Pairs(Row("患者姓名", Of("name")), Row("性别", Of("sex"))),
            Row("家庭住址", Of("address")),
            Row("联系电话", Of("phone")),
            Row(
                "",
                "于",
                ReferralBack.done_on,
                "因病情需要，转回",
                Said(ReferralBack.back_to_org, 50),
                "单位",
                Said(ReferralBack.back_to_dept, 26),
                "科室。",
            ),
            Row("转诊医生（签字）", Said(ReferralBack.doctor, 26)),
        ),
        Group(
            "双向转诊（回转）单",
            Row(
                "",
                Said(ReferralBack.back_to_org, 50),
                "（机构名称）：\n现有患者",
                Of("name"),
                "因病情需要，现转回贵单位，请予以接诊。",
            ),
            Row("诊断结果", Blank(ReferralBack.diagnosis, 0), height=16),
            Row("住院病案号", Said(ReferralBack.case_number, 40)),
            Row("主要检查结果", Blank(ReferralBack.main_results, 0), height=16),
            Row("治疗经过", Blank(ReferralBack.treatment_course, 0), height=16),
            Row("下一步治疗方案\n及康复建议", Blank(ReferralBack.next_plan_and_rehab_advice, 0), height=16),
            Pairs(
                Row("转诊医生（签字）", Said(ReferralBack.doctor, 26)),
                Row("联系电话", Said(ReferralBack.phone, 26)),
            ),
            Pairs(Row("机构名称", Said(ReferralBack.org, 30)), Row("日期", ReferralBack.done_on)),
        ),
    ),
)
