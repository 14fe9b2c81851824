"""Value lists of 个人基本信息表 (third edition, 2017): the codes as printed on the form.

Standard codes: GB/T 2261.2 marital status, GB/T 4658 education, CV04.50.005 and CV04.50.020 blood groups,
CV05.01.038 allergens, CV07.10.005 payment. Second-edition codes run differently (education in reverse order,
"RH阴性 1否 2是"): an import converts by the version of its form, see residents' code tables.
"""

from gongwei.language import Options

THIRD_EDITION = "规范(第三版) 居民健康档案管理服务 附件 个人基本信息表"

_ETHNIC_NAMES = (
    "汉族 蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 "
    "土家族 哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 高山族 拉祜族 水族 东乡族 纳西族 景颇族 "
    "柯尔克孜族 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 阿昌族 普米族 塔吉克族 怒族 "
    "乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 裕固族 京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 珞巴族 基诺族"
)

ETHNICITIES = Options(
    "民族",
    {f"{number:02d}": name for number, name in enumerate(_ETHNIC_NAMES.split(), start=1)}
    | {"97": "其他", "98": "外国血统中国籍人士"},
    standard="GB/T 3304-1991",
    source="code_tables 1.2; the form prints 01汉族 99少数民族, the GB/T 3304 number is stored",
)

BLOOD_ABO = Options(
    "ABO血型",
    {"1": "A型", "2": "B型", "3": "O型", "4": "AB型", "5": "不详"},
    standard="CV04.50.005",
    source=THIRD_EDITION,
)

BLOOD_RH = Options(
    "Rh血型",
    {"1": "阴性", "2": "阳性", "3": "不详"},
    standard="CV04.50.020",
    source=THIRD_EDITION,
)

EDUCATION = Options(
    "文化程度",
    {
        "1": "研究生",
        "2": "大学本科",
        "3": "大学专科和专科学校",
        "4": "中等专业学校",
        "5": "技工学校",
        "6": "高中",
        "7": "初中",
        "8": "小学",
        "9": "文盲或半文盲",
        "10": "不详",
    },
    standard="GB/T 4658-2006",
    standard_codes={
        "1": "10",
        "2": "20",
        "3": "30",
        "4": "41",
        "5": "47",
        "6": "60",
        "7": "70",
        "8": "80",
        "9": "90",
        "10": "90",
    },
    source=THIRD_EDITION,
)

OCCUPATIONS = Options(
    "职业",
    {
        "0": "国家机关、党群组织、企业、事业单位负责人",
        "1": "专业技术人员",
        "2": "办事人员和有关人员",
        "3": "商业、服务业人员",
        "4": "农、林、牧、渔、水利业生产人员",
        "5": "生产、运输设备操作人员及有关人员",
        "6": "军人",
        "7": "不便分类的其他从业人员",
        "8": "无职业",
    },
    standard="GB/T 6565-2009",
    standard_codes={"0": "0", "1": "1/2", "2": "3", "3": "4", "4": "5", "5": "6-9", "6": "X", "7": "Y"},
    source=THIRD_EDITION,
)

MARITAL_STATUS = Options(
    "婚姻状况",
    {"1": "未婚", "2": "已婚", "3": "丧偶", "4": "离婚", "5": "未说明的婚姻状况"},
    standard="GB/T 2261.2-2003",
    standard_codes={"1": "10", "2": "20", "3": "30", "4": "40", "5": "90"},
    source=THIRD_EDITION,
)

PAYMENT_METHODS = Options(
    "医疗费用支付方式",
    {
        "1": "城镇职工基本医疗保险",
        "2": "城镇居民基本医疗保险",
        "3": "新型农村合作医疗",
        "4": "贫困救助",
        "5": "商业医疗保险",
        "6": "全公费",
        "7": "全自费",
        "8": "其他",
    },
    standard="CV07.10.005",
    # The form's 8 is 其他; CV07.10.005 has 8 其他社会保险 and 99 其他.
    standard_codes={"1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "6", "7": "7", "8": "99"},
    source=THIRD_EDITION,
)

DRUG_ALLERGIES = Options(
    "药物过敏史",
    {"1": "无", "2": "青霉素", "3": "磺胺", "4": "链霉素", "5": "其他"},
    standard="CV05.01.038",
    standard_codes={"2": "031", "3": "033", "4": "032", "5": "99"},
    exclusive=("1",),
    source=THIRD_EDITION,
)

EXPOSURES = Options(
    "暴露史",
    {"1": "无", "2": "化学品", "3": "毒物", "4": "射线"},
    exclusive=("1",),
    source=THIRD_EDITION + "; the numbers of CV03.00.301 were not seen",
)

PAST_DISEASES = Options(
    "既往史疾病",
    {
        "1": "无",
        "2": "高血压",
        "3": "糖尿病",
        "4": "冠心病",
        "5": "慢性阻塞性肺疾病",
        "6": "恶性肿瘤",
        "7": "脑卒中",
        "8": "严重精神障碍",
        "9": "结核病",
        "10": "肝炎",
        "11": "其他法定传染病",
        "12": "职业病",
        "13": "其他",
    },
    standard="CV02.10.005",
    exclusive=("1",),
    source=THIRD_EDITION,
)

FAMILY_DISEASES = Options(
    "家族史疾病",
    {
        "1": "无",
        "2": "高血压",
        "3": "糖尿病",
        "4": "冠心病",
        "5": "慢性阻塞性肺疾病",
        "6": "恶性肿瘤",
        "7": "脑卒中",
        "8": "严重精神障碍",
        "9": "结核病",
        "10": "肝炎",
        "11": "先天畸形",
        "12": "其他",
    },
    standard="CV02.10.005",
    exclusive=("1",),
    source=THIRD_EDITION,
)

NONE_OR_SOME = Options("有无", {"1": "无", "2": "有"}, source=THIRD_EDITION)

DISABILITIES = Options(
    "残疾情况",
    {
        "1": "无残疾",
        "2": "视力残疾",
        "3": "听力残疾",
        "4": "言语残疾",
        "5": "肢体残疾",
        "6": "智力残疾",
        "7": "精神残疾",
        "8": "其他残疾",
    },
    standard="CV05.10.001",
    exclusive=("1",),
    source=THIRD_EDITION,
)

KITCHEN_EXHAUST = Options(
    "厨房排风设施",
    {"1": "无", "2": "油烟机", "3": "换气扇", "4": "烟囱"},
    standard="CV03.00.302",
    source=THIRD_EDITION,
)

FUEL_TYPES = Options(
    "燃料类型",
    {"1": "液化气", "2": "煤", "3": "天然气", "4": "沼气", "5": "柴火", "6": "其他"},
    standard="CV03.00.303",
    source=THIRD_EDITION,
)

WATER_SOURCES = Options(
    "饮水",
    {"1": "自来水", "2": "经净化过滤的水", "3": "井水", "4": "河湖水", "5": "塘水", "6": "其他"},
    standard="CV03.00.115",
    source=THIRD_EDITION,
)

TOILET_TYPES = Options(
    "厕所",
    {"1": "卫生厕所", "2": "一格或二格粪池式", "3": "马桶", "4": "露天粪坑", "5": "简易棚厕"},
    standard="CV03.00.304",
    source=THIRD_EDITION,
)

LIVESTOCK_PENS = Options("禽畜栏", {"1": "无", "2": "单设", "3": "室内", "4": "室外"}, source=THIRD_EDITION)
