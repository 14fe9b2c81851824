"""Decision tables and checks in words."""

from collections.abc import Iterable

from gongwei.language.checks import PatternCheck, Per, RecordCheck
from gongwei.language.decisions import Advice, DecisionTable, Revisit, Row
from gongwei.language.types import Severity
from gongwei.site.documents import conditions, markdown, phrases

SEVERITIES = {Severity.BLOCK: "不能保存", Severity.WARN: "保存并标记", Severity.ASK: "核对后可保存"}
PER = {Per.PRACTITIONER: "每名医务人员", Per.ORGANIZATION: "每个机构"}


def decision_table(table: DecisionTable, names: phrases.Names) -> str:
    """A table of the situations in their order, then the condition of each."""
    head = f"- 表单：《{table.on.title}》\n- 标识：`{table.code}`\n- 出处：{table.source}"
    order = "自上而下，第一个成立的情形即为结果；条件中有未知的，该情形不成立。"
    rows = [
        (place, row.label, _advice(row.advice, names), _proposals(table, row, names))
        for place, row in enumerate(table.rows, start=1)
    ]
    listed = markdown.table(("次序", "情形", "处理", "建议填写"), rows)
    details = [
        f"**{place}. {row.label}**\n\n" + "\n".join(conditions.outline(row.when, names))
        for place, row in enumerate(table.rows, start=1)
        if row.when is not None
    ]
    return "\n\n".join([head, order, listed.strip("\n"), *details])


def _advice(advice: Iterable[Advice], names: phrases.Names) -> str:
    said = []
    for each in advice:
        text = each.text
        if isinstance(each, Revisit):
            within, late = (phrases.interval(span, names) for span in (each.interval, each.late))
            text += f"（{within}，宽限{late}）"
        said.append(text)
    return "；".join(said) or "—"


def _proposals(table: DecisionTable, row: Row, names: phrases.Names) -> str:
    return (
        "；".join(
            f"{table.on.fields[name].label}：{conditions.words(table.proposed(row, name), names)}"
            for name in row.proposes
        )
        or "—"
    )


def checks(listed: Iterable[RecordCheck | PatternCheck], names: phrases.Names) -> str:
    """The checks of one record, then those that look at many records."""
    records, patterns = [], []
    for each in listed:
        if isinstance(each, PatternCheck):
            patterns.append(_pattern(each, names))
        else:
            fields = "、".join(each.on.fields[name].label for name in each.fields)
            shown = (each.text, conditions.words(each.holds, names), SEVERITIES[each.then], fields)
            records.append((each.code, f"《{each.on.title}》", *shown))
    parts = [markdown.table(("编号", "表单", "提示", "应当成立的条件", "不成立时", "涉及数据项"), records)]
    if patterns:
        parts.append("下列规则看一段时间内的许多记录，只提出疑问，由人判断。\n")
        headings = ("编号", "规则", "范围", "看什么", "只看的记录", "提出疑问的比例", "至少份数")
        parts.append(markdown.table(headings, patterns))
    return "\n".join(parts)


def _pattern(check: PatternCheck, names: phrases.Names) -> tuple[object, ...]:
    where = "全部" if check.where is None else conditions.words(check.where, names)
    return (
        check.code,
        check.title,
        f"{PER[check.per]}每个{phrases.CALENDAR[check.over]}的《{check.on.title}》",
        conditions.words(check.share_of, names),
        where,
        f"达到{conditions.words(check.above, names)}"
        + (
            f"，或高出平均{conditions.words(check.deviations, names)}个标准差"
            if check.deviations is not None
            else ""
        ),
        check.at_least,
    )
