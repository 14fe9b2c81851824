"""What the forms of diabetes find abnormal, for the doctor and in plain words (diabetes.md §1, §4)."""

from gongwei.language import Parameter
from gongwei.language.abnormal import Abnormal
from gongwei.programmes.diabetes import options, rules, screening
from gongwei.programmes.diabetes.forms import FollowUp as f
from gongwei.programmes.diabetes.forms import HighRiskCheck as check
from gongwei.programmes.health_record.chronic_care import abnormal as shared

NORM = "规范（第三版）2型糖尿病患者健康管理 二（二）（三）"
SCREENING = "diabetes.md §1 诊断标准"

HIGH = ("危急高血糖", "您的血糖非常高，可能随时出现昏迷等危险。", "请今天就到上级医院就诊。")
LOW = (
    "危急低血糖",
    "您的血糖过低，可能出现心慌、出汗甚至昏迷。",
    "请立即吃糖或喝糖水，并马上就医；请告诉医生您在用的降糖药。",
)


def _critical(form: type, *names: str) -> tuple[Abnormal, ...]:
    found = []
    for name in names:
        glucose = form.fields[name]  # type: ignore[attr-defined]
        for when, (title, explain, advise) in (
            (glucose >= Parameter("dm.emergency_high"), HIGH),
            (glucose <= Parameter("dm.emergency_low"), LOW),
        ):
            found.append(
                Abnormal(glucose, when, title, explain, advise, refer=True, urgent=True, source=NORM)
            )
    return tuple(found)


ABNORMAL = (
    *_critical(f, "fasting_glucose", "postprandial_glucose", "random_glucose"),
    Abnormal(
        f.fasting_glucose,
        rules.found.uncontrolled_again,
        "连续两次血糖控制不满意",
        explain="您连续两次空腹血糖都没有控制到目标。",
        advise="请到上级医院调整治疗，两周内我们会了解您的就诊情况。",
        refer=True,
        source=NORM,
    ),
    Abnormal(
        f.fasting_glucose,
        ~rules.controlled,
        "血糖控制不满意",
        explain="您的空腹血糖没有控制到目标（应低于7.0）。",
        advise="请按时用药，主食定量，多活动，两周内复诊，医生会为您调整用药。",
        source=NORM,
    ),
    Abnormal(
        f.hba1c,
        f.hba1c >= Parameter("dm.advice_hba1c"),
        "糖化血红蛋白未达建议目标",
        explain="糖化血红蛋白反映近三个月的血糖，您的结果偏高。",
        advise="请找医生看是否需要调整用药；高龄体弱者目标可以放宽。",
        source="国家基层糖尿病防治管理指南（2022），仅作建议",
    ),
    shared.critical_pressure(f, "dm"),
    Abnormal(
        f.systolic,
        screening.raised_pressure,
        "血压偏高",
        explain="您的血压高于正常（140/90），糖尿病合并高血压更容易伤心、脑、肾。",
        advise="四周内请在另外两天再测血压；已确诊高血压的请按时服药。",
        source="diabetes.md §4 [D]",
    ),
    shared.danger(f, options.SIGNS_OF_DANGER),
    Abnormal(
        f.dorsalis_pedis,
        f.dorsalis_pedis.is_in("2", "3"),
        "足背动脉搏动减弱或消失",
        explain="脚背的动脉搏动弱，脚的血液供应可能不足，容易发生糖尿病足。",
        advise="请戒烟、保暖、每天洗脚看脚有无破损，到医院检查下肢血管。",
        source="diabetes.md §3",
    ),
    Abnormal(
        f.hypoglycaemia,
        f.hypoglycaemia == options.FREQUENT,
        "频繁低血糖",
        explain="您经常出现低血糖，很危险。",
        advise="随身带糖果，按时进餐，两周内复诊调整用药。",
        source="diabetes.md §4 [?]",
    ),
    *shared.reaction(f, rules.found.reacted_again),
    shared.complication(f),
    *shared.weight(f),
    shared.adherence(f),
    *_critical(check, "fasting_glucose", "postprandial_glucose", "random_glucose"),
    *(
        Abnormal(
            field,
            when,
            name,
            explain="您的血糖达到了糖尿病的诊断标准。",
            advise="请到医院进一步检查确诊，两周内我们会了解您的就诊情况。",
            refer=True,
            source=SCREENING,
        )
        for field, when, name in (
            (check.fasting_glucose, screening.high_fasting, "空腹血糖升高"),
            (check.random_glucose, screening.high_random, "随机血糖升高"),
            (check.postprandial_glucose, screening.high_two_hours, "糖负荷后2小时血糖升高"),
            (check.hba1c, screening.high_hba1c, "糖化血红蛋白升高"),
        )
    ),
    *(
        Abnormal(
            field,
            when,
            name,
            explain="您的血糖比正常偏高，以后容易变成糖尿病。",
            advise="少吃甜食和精米白面，控制体重，多活动，至少每年查一次血糖。",
            source=SCREENING,
        )
        for field, when, name in (
            (check.fasting_glucose, screening.impaired_fasting, "空腹血糖受损"),
            (check.postprandial_glucose, screening.impaired_tolerance, "糖耐量减低"),
        )
    ),
)
