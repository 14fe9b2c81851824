"""How the programme is judged (elderly.md §5). 接受健康管理: a record, an exam of the year that is complete, and guidance."""

from gongwei.language import CANCELLED_ON, DIED_ON, FILED_ON, LEFT_ON, PERIOD, TEXT, TRUTH, Parameter, days
from gongwei.language.measures import NUMERATOR, Fact, KnownAs, Measure, Published, Sampled, all_of
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.older_people import rules, schedule
from gongwei.programmes.older_people.forms import SelfCareAssessment

TEN_YEARS = "国家基本公共卫生服务项目十年评估 老年人健康管理"
REPORT = "国家基本公共卫生服务项目报表 老年人健康管理"

strict = Parameter("older.standard_definition", TEXT) == "strict"

resident = Fact("65岁及以上常住居民", schedule.old_enough & schedule.settled, code="older_resident")
gone = all_of(
    Fact(
        "年内死亡",
        Parameter("older.exclude_deceased", TRUTH) & (DIED_ON <= PERIOD.last),
        code="older_died",
    ),
    Fact("年内迁出", LEFT_ON <= PERIOD.last, code="older_left"),
    Fact("档案已注销", CANCELLED_ON <= PERIOD.last, code="older_cancelled"),
)

record_exists = Fact("建立了健康档案", FILED_ON <= PERIOD.last, if_none=False, code="older_record_exists")
examined = Fact(
    "年内接受体检", CheckUp.any_in(PERIOD, where=rules.old_enough_on_record), code="older_examined"
)
complete = Fact(
    "体检表填写完整",
    CheckUp.any_in(PERIOD, where=rules.old_enough_on_record & completeness.for_older_people),
    code="older_exam_complete",
)
guided = Fact(
    "接受健康指导",
    CheckUp.any_in(PERIOD, where=rules.old_enough_on_record & completeness.guided),
    code="older_guided",
)
# Parts of a stricter local reading; they hold for everybody where the norm alone counts [?].
assessed = Fact("自理能力已评估", ~strict | SelfCareAssessment.any_in(PERIOD), code="older_self_care_done")
reported = Fact(
    "结果已反馈",
    ~strict
    | CheckUp.any_in(
        PERIOD,
        where=CheckUp.reported_on <= CheckUp.done_on + days(Parameter("exam.report_days")),
    ),
    code="older_reported",
)

norm = (record_exists, examined, complete, guided)

MEASURES = (
    Measure(
        "EL.1",
        "老年人健康管理率",
        resident,
        all_of(*norm),
        gone,
        source=TEN_YEARS,
        known_as=(KnownAs("elderly_mgmt_rate"),),
        cumulative=True,
    ),
    Measure(
        "EL.2",
        "65岁及以上老年人城乡社区规范健康管理服务率",
        resident,
        all_of(*norm, assessed, reported),
        gone,
        source=REPORT,
        note="具体认定按健康管理率的条件，县里可按严格口径另需自理评估和结果反馈",
        known_as=(KnownAs("elderly_std_rate"),),
        cumulative=True,
        sampled=Sampled("ELDER", "老年人"),
    ),
    Measure(
        "EL.2S",
        "65岁及以上老年人城乡社区规范健康管理服务率（统计部门人口）",
        Published("older_population", "统计部门公布的65岁及以上常住人口"),
        all_of(*norm, assessed, reported),
        gone,
        among=resident,
        source=f"{REPORT}；考核常用统计部门人口数",
        cumulative=True,
    ),
    Measure(
        "EL.3",
        "65岁及以上老年人健康体检率",
        resident,
        all_of(examined),
        gone,
        source=REPORT,
        known_as=(KnownAs("elderly_exam_count", NUMERATOR),),
        cumulative=True,
    ),
    Measure(
        "EL.7",
        "65岁及以上老年人健康体检表完整率",
        Fact(
            "65岁及以上且年内接受体检",
            schedule.old_enough & schedule.settled & examined,
            code="older_resident_examined",
        ),
        all_of(complete),
        gone,
        source="档案质量核查 完整性：体检表缺项不超过规定比例",
    ),
)
