"""What is missing in the exam of somebody of 65 or more, block by block, and what looks wrong in a self-care assessment.

physical_exam.md §1.1; quality_rules.md QB001, QB018. The blocks warn and do not refuse: a result may come later.
"""

from collections.abc import Iterable

from gongwei.language import ASK, TEXT, WARN, Parameter, all_hold
from gongwei.language.checks import RecordCheck
from gongwei.language.expressions import Node
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.older_people import rules
from gongwei.programmes.older_people.forms import SelfCareAssessment as f

_required = Parameter("older.required_items", TEXT)
BLOCKS: tuple[tuple[str, str, Iterable[Node]], ...] = (
    ("口腔、视力、听力、运动功能", "lips", completeness.ORGANS),
    ("皮肤、淋巴结、心、肺、腹部", "skin", completeness.BODY),
    ("血常规", "haemoglobin", completeness.BLOOD_COUNT),
    ("尿常规", "urine_protein", completeness.URINE),
    ("空腹血糖", "fasting_glucose", completeness.GLUCOSE),
    ("肝功能（谷丙、谷草转氨酶和总胆红素）", "alt", completeness.LIVER),
    ("肾功能（血清肌酐和血尿素）", "creatinine", completeness.KIDNEY),
    ("血脂（总胆固醇、甘油三酯、低密度和高密度脂蛋白胆固醇）", "total_cholesterol", completeness.LIPIDS),
    ("心电图", "ecg", completeness.ECG),
    ("腹部B超", "ultrasound_abdomen", completeness.ULTRASOUND),
    (
        "胸部X线片",
        "chest_xray",
        (~_required.is_in("with_dr", "with_dr_hba1c") | completeness.CHEST_XRAY,),
    ),
    ("糖化血红蛋白", "hba1c", (~_required.is_in("with_hba1c", "with_dr_hba1c") | completeness.HBA1C,)),
    ("健康指导或危险因素控制", "guidance", (completeness.guided,)),
)

CHECKS = (
    *(
        RecordCheck(
            f"老年人体检缺项：{block}",
            on=CheckUp,
            holds=~rules.old_enough_on_record | all_hold(*items),
            then=WARN,
            code="QB001",
            fields=(field,),
            message=f"65岁及以上老年人体检须有{block}，没有填全的体检不算完整",
            source="physical_exam.md §1.1",
        )
        for block, field, items in BLOCKS
    ),
    RecordCheck(
        "不到服务年龄的老年人评估",
        on=f,
        holds=rules.old_enough_on_record,
        then=ASK,
        code="QD010",
        fields=("done_on",),
        message="居民本年未到老年人服务年龄，请核对",
        source="quality_rules.md QD010",
    ),
    RecordCheck(
        "自理能力总评分应为各项之和",
        on=f,
        holds=f.total == f.fields["total"].computed.node,  # type: ignore[union-attr]
        then=WARN,
        code="QB018",
        fields=("total",),
    ),
    RecordCheck(
        "自理能力等级应与总评分相符",
        on=f,
        holds=f.level == f.fields["level"].computed.node,  # type: ignore[union-attr]
        then=WARN,
        code="QB018",
        fields=("level",),
        message="自理能力等级与总评分不符：0～3可自理，4～8轻度依赖，9～18中度依赖，19及以上不能自理",
    ),
)
