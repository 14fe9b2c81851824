"""Every form printed and read back: no item of the definition is missing, none is lost when it is filled.

What the national forms print is written here from the reference (hypertension.md §3, diabetes.md §3, elderly.md §3,
physical_exam.md §2, records.md §4), not taken from the papers under test.
"""

import datetime as dt
from decimal import Decimal

import pytest
from tests.unit.print import reading

from gongwei import catalogue
from gongwei.interfaces.print import documents, heads, layout, papers, setting
from gongwei.language import fields, types

FORMS = [form for form in catalogue.forms() if form.about is types.RESIDENT]
DAY = dt.date(2025, 3, 10)

#: The words of the third edition's paper, in its order.
NATIONAL = {
    "htn_follow_up": (
        "高血压患者随访服务记录表 姓名 编号 随访日期 随访方式 1门诊 2家庭 3电话 症状 1无症状 2头痛头晕 3恶心呕吐 4眼花耳鸣 5呼吸困难 "
        "6心悸胸闷 7鼻衄出血不止 8四肢发麻 9下肢水肿 其他 体征 血压（mmHg） 体重（kg） 体质指数（BMI） 心率（次/分钟） "
        "生活方式指导 日吸烟量（支） 日饮酒量（两） 运动 次/周 分钟/次 摄盐情况（咸淡） 1轻 2中 3重 心理调整 1良好 2一般 3差 遵医行为 "
        "辅助检查* 服药依从性 1规律 2间断 3不服药 药物不良反应 1无 2有 此次随访分类 1控制满意 2控制不满意 3不良反应 4并发症 "
        "用药情况 药物名称1 用法用量 每日 每次 药物名称2 药物名称3 转诊 原因 机构及科别 下次随访日期 随访医生签名"
    ),
    "dm_follow_up": (
        "2型糖尿病患者随访服务记录表 姓名 编号 随访日期 随访方式 1门诊 2家庭 3电话 症状 1无症状 2多饮 3多食 4多尿 5视力模糊 6感染 "
        "7手脚麻木 8下肢浮肿 9体重明显下降 体征 血压（mmHg） 体重（kg） 体质指数（BMI） 足背动脉搏动 1触及正常 2减弱 3消失 1双侧 2左侧 "
        "3右侧 生活方式指导 日吸烟量（支） 日饮酒量（两） 运动 主食（克/天） 心理调整 遵医行为 辅助检查 空腹血糖值 mmol/L "
        "其他检查* 糖化血红蛋白 检查日期 服药依从性 药物不良反应 低血糖反应 1无 2偶尔 3频繁 此次随访分类 1控制满意 2控制不满意 "
        "3不良反应 4并发症 用药情况 药物名称1 药物名称2 药物名称3 胰岛素 种类 用法和用量 转诊 原因 机构及科别 下次随访日期 随访医生签名"
    ),
    "self_care_assessment": (
        "老年人生活自理能力评估表 评估事项、内容与评分 可自理 轻度依赖 中度依赖 不能自理 判断评分 "
        "进餐：使用餐具将饭菜送入口、咀嚼、吞咽等活动 独立完成 — 需要协助，如切碎、搅拌食物等 完全需要帮助 "
        "梳洗：梳头、洗脸、刷牙、剃须、洗澡等活动 能独立地洗头、梳头、洗脸、刷牙、剃须等；洗澡需要协助 "
        "在协助下和适当的时间内，能完成部分梳洗活动 穿衣：穿衣裤、袜子、鞋子等活动 需要协助，在适当的时间内完成部分穿衣 "
        "如厕：小便、大便等活动及自控 不需协助，可自控 偶尔失禁，但基本上能如厕或使用便具 "
        "经常失禁，在很多提示和协助下尚能如厕或使用便具 完全失禁，完全需要帮助 活动：站立、室内行走、上下楼梯、户外活动 "
        "独立完成所有活动 借助较小的外力或辅助装置能完成站立、行走、上下楼梯等 借助较大的外力才能完成站立、行走，不能上下楼梯 "
        "卧床不起，活动完全需要帮助 总评分"
    ),
    "check_up": (
        "健康体检表 体检日期 责任医生 症状 01无症状 02头痛 10多饮 25其他 一般状况 体温 ℃ 脉率 次/分钟 呼吸频率 血压 左侧 右侧 身高 cm "
        "体重 kg 腰围 体质指数 老年人健康状态自我评估* 1满意 5不满意 老年人生活自理能力自我评估* 老年人认知功能* 1粗筛阴性 "
        "简易智力状态检查，总分 老年人情感状态* 老年人抑郁评分检查，总分 生活方式 体育锻炼 锻炼频率 每次锻炼时间 坚持锻炼时间 锻炼方式 "
        "饮食习惯 1荤素均衡 吸烟情况 1从不吸烟 日吸烟量 开始吸烟年龄 戒烟年龄 饮酒情况 饮酒频率 日饮酒量 是否戒酒 开始饮酒年龄 "
        "近一年内是否曾醉酒 饮酒种类 职业病危害因素接触史 工种 从业时间 毒物种类 防护措施 脏器功能 口腔 口唇 齿列 缺齿 龋齿 义齿 咽部 "
        "视力 左眼 右眼 矫正视力 听力 运动功能 查体 眼底* 皮肤 巩膜 淋巴结 肺 桶状胸 呼吸音 罗音 心脏 心率 心律 杂音 腹部 压痛 包块 "
        "肝大 脾大 移动性浊音 下肢水肿 足背动脉搏动* 肛门指诊* 乳腺* 妇科* 外阴 阴道 宫颈 宫体 附件 辅助检查 血常规* 血红蛋白 白细胞 "
        "血小板 尿常规* 尿蛋白 尿糖 尿酮体 尿潜血 空腹血糖* mg/dL 心电图* 尿微量白蛋白* 大便潜血* 糖化血红蛋白* 乙型肝炎表面抗原* "
        "肝功能* 血清谷丙转氨酶 血清谷草转氨酶 白蛋白 总胆红素 结合胆红素 肾功能* 血清肌酐 血尿素 血钾浓度 血钠浓度 血脂* 总胆固醇 "
        "甘油三酯 血清低密度脂蛋白胆固醇 血清高密度脂蛋白胆固醇 胸部X线片* B超* 腹部B超 宫颈涂片* 现存主要健康问题 脑血管疾病 "
        "肾脏疾病 心脏疾病 血管疾病 眼部疾病 神经系统疾病 其他系统疾病 住院治疗情况 住院史 入/出院日期 原因 医疗机构名称 病案号 "
        "家庭病床史 建/撤床日期 主要用药情况 药物名称 用法 用量 用药时间 服药依从性 非免疫规划预防接种史 名称 接种日期 接种机构 "
        "健康评价 1体检无异常 2有异常 异常 健康指导 1纳入慢性病患者健康管理 2建议复查 3建议转诊 危险因素控制 1戒烟 2健康饮酒 3饮食 "
        "4锻炼 5减体重 6建议接种疫苗 7其他 减体重目标"
    ),
    "basic_information": (
        "个人基本信息表 姓名 编号 性别 1男 2女 9未说明的性别 0未知的性别 出生日期 身份证号 工作单位 本人电话 联系人姓名 联系人电话 "
        "常住类型 1户籍 2非户籍 民族 血型 1A型 Rh 文化程度 职业 婚姻状况 医疗费用支付方式 药物过敏史 1无 2青霉素 3磺胺 4链霉素 5其他 "
        "暴露史 2化学品 3毒物 4射线 既往史 疾病 2高血压 3糖尿病 4冠心病 手术 外伤 输血 家族史 父亲 母亲 兄弟姐妹 子女 遗传病史 "
        "残疾情况 生活环境* 厨房排风设施 燃料类型 饮水 厕所 禽畜栏"
    ),
    "outpatient_note": "接诊记录表 就诊者的主观资料 就诊者的客观资料 评估 处置计划 医生签字 接诊日期",
    "consultation": "会诊记录表 会诊原因 会诊意见 会诊医生及其所在医疗卫生机构 医疗卫生机构名称 会诊医生签字 责任医生 会诊日期",
    "referral": (
        "双向转诊单（转出） 存根 患者姓名 性别 家庭住址 联系电话 因病情需要，转入 单位 科室 接诊医生 转诊医生（签字） "
        "初步印象 主要现病史 （转出原因） 主要既往史 治疗经过 联系电话"
    ),
    "referral_back": (
        "双向转诊单（回转） 存根 患者姓名 家庭住址 因病情需要，转回 诊断结果 住院病案号 主要检查结果 治疗经过 "
        "下一步治疗方案及康复建议 转诊医生（签字） 联系电话"
    ),
}

#: Lists too long for paper, or that the paper asks as a word: their options are not printed, the answer is.
IN_WORDS = {
    "basic_information.ethnicity",
    "check_up.urine_protein",
    "check_up.urine_glucose",
    "check_up.urine_ketones",
    "check_up.urine_blood",
}


@pytest.fixture(scope="module")
def blank():
    """Every form printed empty, as bare words."""
    return {form.code: reading.words(documents.form_pdf(form, notes=True)) for form in FORMS}


@pytest.mark.parametrize("code", NATIONAL)
def test_the_words_of_the_national_form_are_printed(blank, code):
    paper, _, _ = blank[code].partition(setting.ELECTRONIC)
    assert [item for item in NATIONAL[code].split() if item not in paper] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_every_option_of_every_question_is_printed(blank, form):
    missing = [
        f"{name} {option.label}"
        for name, field in form.fields.items()
        if isinstance(field, fields.Choice | fields.Choices) and f"{form.code}.{name}" not in IN_WORDS
        for option in field.options.items
        if reading.bare(option.label) not in blank[form.code]
    ]
    assert missing == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_what_is_on_no_paper_form_is_printed_in_the_box_below(blank, form):
    paper = papers.paper_of(form)
    behind = {text for texts in layout.companions(form).values() for text in texts.values()}
    electronic = [
        field for name, field in form.fields.items() if name not in paper.named() and name not in behind
    ]
    assert [each.label for each in electronic if reading.bare(each.label) not in blank[form.code]] == []
    assert (setting.ELECTRONIC in blank[form.code]) is bool(electronic)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_no_answer_is_lost(form):
    """Each field alone on a form changes the sheet: there is a place for it."""
    empty = setting.sheet(papers.paper_of(form), setting.Setting(({},)))
    lost = []
    for name, field in form.fields.items():
        found = setting.sheet(papers.paper_of(form), setting.Setting(({name: a_value(field)},), names=NAMES))
        if found == empty:
            lost.append(name)
    assert lost == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_words_and_numbers_are_printed_as_they_were_answered(form):
    answers = {
        name: f"词{place}语" if isinstance(field, fields.Text) else number_of(field, place)
        for place, (name, field) in enumerate(form.fields.items())
        if isinstance(field, fields.Text | fields.Quantity)
    }
    printed = reading.words(documents.form_pdf(form, [answers]))
    assert [name for name, value in answers.items() if reading.bare(str(value)) not in printed] == []


PERSON = "018f0000-0000-7000-8000-000000000001"
NAMES = layout.Names({PERSON: "李医生"}, {("organizations", "X1"): "某卫生院"})


def number_of(field, place):
    return Decimal(9000 + place).scaleb(-field.decimals) if field.decimals else 9000 + place


def a_value(field):
    """Some answer of the type of the field."""
    if isinstance(field, fields.Rows):
        return ({name: a_value(column) for name, column in field.row.fields.items()},)
    return {
        fields.Text: "词语",
        fields.Date: DAY,
        fields.Moment: dt.datetime(2025, 3, 10, tzinfo=dt.UTC),
        fields.YesNo: True,
        fields.Quantity: 7,
        fields.Choice: getattr(field, "options", None) and field.options.codes[-1],
        fields.Choices: getattr(field, "options", None) and frozenset(field.options.codes[-1:]),
        fields.Code: "X1",
        fields.Person: PERSON,
    }[type(field)]


# --- how many pages, which contacts ----------------------------------------------------------------------------


def test_the_exam_takes_four_pages_and_a_follow_up_one():
    counts = {
        code: len(reading.pages(documents.form_pdf(catalogue.form(code), [{"done_on": DAY}])))
        for code in ("check_up", "htn_follow_up", "dm_follow_up", "self_care_assessment", "basic_information")
    }
    assert counts == {
        "check_up": 4,
        "htn_follow_up": 1,
        "dm_follow_up": 1,
        "self_care_assessment": 1,
        "basic_information": 1,
    }


def test_four_contacts_stand_side_by_side_and_the_fifth_begins_a_sheet():
    days = [dt.date(2025, month, 10) for month in (1, 3, 6, 9, 12)]
    form = catalogue.form("htn_follow_up")
    found = reading.pages(documents.form_pdf(form, [{"done_on": day} for day in days]))
    assert [[f"2025年{day.month}月10日" in page for day in days] for page in found] == [
        [True, True, True, True, False],
        [False, False, False, False, True],
    ]


def test_more_drugs_than_the_paper_has_lines_get_more_lines():
    drugs = tuple({"name": f"药{n}号", "times_a_day": 1} for n in range(1, 6))
    printed = reading.words(documents.form_pdf(catalogue.form("htn_follow_up"), [{"medications": drugs}]))
    assert all(f"药{n}号" in printed and f"药物名称{n}" in printed for n in range(1, 6))


def test_who_it_is_about_stands_above():
    head = heads.Head(name="王某某", record_no="32072310110100042")
    printed = reading.words(
        documents.form_pdf(catalogue.form("htn_follow_up"), [{}], head=head, foot="打印人：李某")
    )
    assert "姓名：王某某" in printed
    assert "编号320723-101-101-00042" in printed
    assert "打印人：李某" in printed


def test_words_of_people_are_never_markup():
    nasty = '#panic("x") *粗* $x^2$ @ref <a> \\ "引号" [方括号] _下划线_'
    printed = reading.words(documents.form_pdf(catalogue.form("outpatient_note"), [{"plan": nasty}]))
    assert reading.bare(nasty) in printed


def test_both_fonts_are_embedded():
    found = reading.fonts(documents.form_pdf(catalogue.form("htn_follow_up")))
    assert {name.split("+")[-1] for name in found} == {"NotoSerifSC-Regular", "NotoSansSC-Regular"}
    assert all(found.values())
