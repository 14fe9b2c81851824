"""接诊记录表, 会诊记录表 and 双向转诊单: the other forms of the record (records.md §4)."""

from gongwei.language import Date, Form, Person, RowGroup, Rows, Text

SOURCE = "规范(第三版) 居民健康档案管理服务 附件"


class OutpatientNote(Form):
    """接诊记录表: subjective, objective, assessment, plan."""

    code, title = "outpatient_note", "接诊记录表"
    source = SOURCE + " 接诊记录表"

    done_on = Date("接诊日期", required=True)
    subjective = Text("就诊者的主观资料", max_length=2000, multiline=True, required=True)
    objective = Text("就诊者的客观资料", max_length=2000, multiline=True, required=True)
    assessment = Text("评估", max_length=2000, multiline=True, required=True)
    plan = Text("处置计划", max_length=2000, multiline=True, required=True)
    doctor = Person("医生签字", required=True)


class Consultant(RowGroup):
    """A doctor consulted and the institution they come from."""

    organization_name = Text("医疗卫生机构名称", max_length=70, required=True)
    doctor_name = Text("会诊医生签字", max_length=50, required=True)


class Consultation(Form):
    """会诊记录表."""

    code, title = "consultation", "会诊记录表"
    source = SOURCE + " 会诊记录表"

    done_on = Date("会诊日期", required=True)
    cause = Text("会诊原因", max_length=2000, multiline=True, required=True)
    opinion = Text("会诊意见", max_length=2000, multiline=True, required=True)
    consultants = Rows("会诊医生及其所在医疗卫生机构", Consultant, required=True)
    responsible_doctor = Person("责任医生", required=True)


class Referral(Form):
    """双向转诊单（转出）. Name, record number, address and telephone come from the resident's profile."""

    code, title = "referral", "双向转诊单（转出）"
    source = SOURCE + " 双向转诊单"

    done_on = Date("转诊日期", required=True)
    to_org = Text("转入医疗机构", max_length=70, required=True)
    to_dept = Text("转入科室", max_length=50, required=True)
    to_doctor = Text("接诊医生", max_length=50)
    initial_impression = Text("初步印象", max_length=1000, multiline=True, required=True)
    history_summary = Text("主要现病史（转出原因）", max_length=2000, multiline=True, required=True)
    past_history = Text("主要既往史", max_length=2000, multiline=True)
    treatment_done = Text("治疗经过", max_length=2000, multiline=True)
    referring_doctor = Person("转诊医生（签字）", required=True)
    referring_phone = Text("联系电话", max_length=20)
    from_org = Text("转出机构", max_length=70, required=True)


class ReferralBack(Form):
    """双向转诊单（回转）."""

    code, title = "referral_back", "双向转诊单（回转）"
    source = SOURCE + " 双向转诊单"

    done_on = Date("回转日期", required=True)
    back_to_org = Text("转回机构", max_length=70, required=True)
    back_to_dept = Text("转回科室", max_length=50)
    case_number = Text("住院病案号", max_length=30)
    main_results = Text("主要检查结果", max_length=2000, multiline=True)
    diagnosis = Text("诊断结果", max_length=1000, multiline=True, required=True)
    treatment_course = Text("治疗经过", max_length=2000, multiline=True)
    next_plan_and_rehab_advice = Text(
        "下一步治疗方案及康复建议", max_length=2000, multiline=True, required=True
    )
    doctor = Text("转诊医生（签字）", max_length=50, required=True)
    phone = Text("联系电话", max_length=20)
    org = Text("转出机构", max_length=70)
