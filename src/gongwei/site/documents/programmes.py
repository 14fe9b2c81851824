"""One page a programme: who is managed, what is expected when, and how its figures are counted."""

from collections.abc import Iterator

from gongwei.language.abnormal import Abnormal
from gongwei.language.episodes import Episode, Sign
from gongwei.language.measures import Measure, Parts, Published
from gongwei.language.programmes import Programme
from gongwei.language.schedules import Contact
from gongwei.language.services import ServiceItem
from gongwei.site.documents import conditions, markdown, phrases, rules

#: What a rate is multiplied by, as it is written.
SHOWN = {100: "100%", 1000: "1000‰"}
#: A condition of a table cell longer than this is a table worked out by age: its name says more than its words.
LONGEST = 1200


def page(programme: Programme, names: phrases.Names) -> str:
    """Everything a programme consists of but its forms, which have pages of their own."""
    head = f"- 标识：`{programme.code}`\n- 出处：{programme.source}"
    links = "\n".join(f"- [{form.title}](../forms/{form.code}.md)" for form in programme.forms)
    parts = [head, f"## 表单\n\n{links}" if links else ""]
    if programme.episodes:
        parts.append("## 纳入管理\n\n" + "\n".join(_episode(each, names) for each in programme.episodes))
    if programme.signs:
        said = "本服务的表单对其他管理类别的提示，只列入待核实名单，由医务人员决定是否纳入。"
        parts.append(f"## 给其他管理类别的疑似线索\n\n{said}\n\n" + _signs(programme.signs, names))
    if programme.contacts:
        parts.append("## 应开展的服务\n\n" + _contacts(programme.contacts, names))
    parts += [
        f"## 分类干预：{table.title}\n\n{rules.decision_table(table, names)}" for table in programme.tables
    ]
    if programme.abnormal:
        parts.append("## 异常结果\n\n" + _abnormal(programme.abnormal, names))
    if programme.checks:
        parts.append("## 质控规则\n\n" + rules.checks(programme.checks, names))
    if programme.measures:
        parts.append("## 指标\n\n" + "\n\n".join(_measure(each, names) for each in programme.measures))
    if programme.services:
        parts.append("## 计价服务\n\n" + _services(programme.services, names))
    return markdown.page(programme.title, *parts)


def _episode(episode: Episode, names: phrases.Names) -> str:
    lines = [f"- **{episode.title}**（`{episode.code}`），出处：{episode.source}"]
    if episode.eligible is not None:
        opened = "符合时自动纳入" if episode.automatic else "由医务人员决定纳入"
        lines.append(f"  - 对象：{conditions.words(episode.eligible, names)}；{opened}")
    if episode.tag:
        lines.append(f"  - 人群分类：{episode.tag}")
    if episode.end_reasons is not None:
        reasons = "；".join(f"{item.code} {item.label}" for item in episode.end_reasons.items)
        lines.append(f"  - 结束原因：{reasons}")
    for what, day in (("开始", episode.first_on), ("结束", episode.last_on)):
        if day is not None:
            lines.append(f"  - {what}日期：{conditions.words(day, names)}")
    if episode.look_back is not None:
        lines.append(f"  - 年初回看：{phrases.interval(episode.look_back, names)}")
    if episode.signs:
        lines += ["", "出现下列疑似线索者列入待核实名单，由医务人员核实、决定是否纳入：", ""]
        lines.append(_signs(episode.signs, names))
    return "\n".join(lines)


def _signs(signs: tuple[Sign, ...], names: phrases.Names) -> str:
    rows = []
    for each in signs:
        within = phrases.interval(each.within, names)
        several = each.days if isinstance(each.days, int) else conditions.words(each.days, names)
        once = isinstance(each.days, int) and each.days == 1
        often = "一次即可" if once else f"{within}内{several}个不同的日子"
        condition = conditions.words(each.when, names)
        rows.append((each.title, f"《{each.on.title}》", condition, often, each.source or "同上"))
    return markdown.table(("线索", "表单", "条件", "次数", "出处"), rows)


def _abnormal(items: tuple[Abnormal, ...], names: phrases.Names) -> str:
    rows = []
    for each in items:
        refer = "紧急转诊" if each.urgent else "转诊" if each.refer else "—"
        condition = conditions.words(each.when, names)
        if len(condition) > LONGEST:
            condition = f"{each.name}（由{each.field.label}和年龄、性别推算）"
        rows.append(
            (f"《{each.on.title}》", each.field.label, each.name, condition, refer, each.explain, each.advise)
        )
    note = "同一数据项有几种情况时，只说最前面成立的一种。异常结果不是诊断；说明和建议写给居民看。\n"
    return (
        note
        + "\n"
        + markdown.table(("表单", "数据项", "异常", "条件", "转诊", "给居民的说明", "给居民的建议"), rows)
    )


def _contacts(contacts: tuple[Contact, ...], names: phrases.Names) -> str:
    rows = []
    for contact in contacts:
        counted = "" if contact.where is None else conditions.words(contact.where, names)
        window = f"提前{phrases.interval(contact.early, names)}、推后{phrases.interval(contact.late, names)}"
        rows.append(
            (contact.title, f"《{contact.form.title}》", _rhythm(contact, names), window, counted or "全部")
        )
    note = "处理中要求提前再访的（见分类干预），以再访日期为准，其后重新计算间隔。"
    return markdown.table(("服务", "表单", "间隔", "算作按期的窗口", "计入的记录"), rows) + f"\n{note}"


def _rhythm(contact: Contact, names: phrases.Names) -> str:
    if contact.once_in is not None:
        return "每个自然年一次"
    if contact.every is not None:
        by = f"；按{phrases.CALENDAR[contact.counted_by]}计数" if contact.counted_by else ""
        return f"每{phrases.interval(contact.every, names)}{by}"
    return "、".join(phrases.interval(age, names) for age in contact.at)


def _measure(measure: Measure, names: phrases.Names) -> str:
    lines = [f"### {measure.code} {measure.title}", "", f"- 出处：{measure.source}"]
    if isinstance(measure.denominator, Published):
        lines.append(f"- 分母：{measure.denominator.label}（由上级下达或公布的数，不由记录计算）")
        lines += ["- 计入分子的对象：", *_fact_lines(Parts((measure.base,)), names)]
    else:
        lines += ["- 分母：", *_fact_lines(Parts((measure.base,)), names)]
    if measure.exclusions.facts:
        lines += ["- 不计入分母、分子的：", *_fact_lines(measure.exclusions, names)]
    if measure.numerator is None:
        lines.append("- 只计数，没有分子")
    elif measure.numerator.facts:
        lines += ["- 分子：在分母之中，且以下各项都成立", *_fact_lines(measure.numerator, names)]
    else:
        lines.append("- 分子：以上对象全部计入")
    if measure.numerator is not None:
        lines.append(f"- 结果：分子÷分母×{SHOWN.get(measure.per, measure.per)}")
    if measure.note:
        lines.append(f"- 说明：{measure.note}")
    return "\n".join(lines)


def _fact_lines(parts: Parts, names: phrases.Names) -> Iterator[str]:
    for fact in parts.facts:
        missing = "" if fact.if_none is None else f"（无从得知时按“{phrases.value(fact.if_none)}”）"
        yield f"  - **{fact.label}**{missing}："
        yield from conditions.outline(fact.value, names, depth=2)


def _services(services: tuple[ServiceItem, ...], names: phrases.Names) -> str:
    rows = []
    for each in services:
        most = f"每人每{phrases.CALENDAR[each.per]}最多{each.at_most}次" if each.at_most else "不限"
        counted = conditions.words(each.counts_if, names)
        rows.append(
            (each.title, f"`{each.code}`", f"《{each.on.title}》", counted, each.unit, most, each.source)
        )
    return markdown.table(("服务", "标识", "表单", "计入条件", "单位", "上限", "出处"), rows)
