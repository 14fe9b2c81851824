"""What the nodes about a subject in a period are called in Chinese; importing this module registers them."""

from gongwei.language import nodes
from gongwei.language.expressions import Node
from gongwei.language.types import TRUTH
from gongwei.site.documents.phrases import CALENDAR, RELATION, SUM, Names, Phrase, number_of_days, phrase


@phrase.register
def _period_edge(node: nodes.PeriodEdge, names: Names) -> Phrase:
    return Phrase("期初日" if node.which == "first" else "期末日")


@phrase.register
def _fact_value(node: nodes.FactValue, names: Names) -> Phrase:
    return Phrase(f"“{node.fact.label}”")


@phrase.register
def _episode_overlaps(node: nodes.EpisodeOverlaps, names: Names) -> Phrase:
    return Phrase(f"期内曾在{names.episode(node.episode)}中", RELATION)


@phrase.register
def _episode_active_on(node: nodes.EpisodeActiveOn, names: Names) -> Phrase:
    return Phrase(f"{phrase(node.day, names).text}在{names.episode(node.episode)}中", RELATION)


@phrase.register
def _episode_units(node: nodes.EpisodeUnits, names: Names) -> Phrase:
    return Phrase(f"期内在{names.episode(node.episode)}中的{CALENDAR[node.unit]}数")


@phrase.register
def _count_in(node: nodes.CountIn, names: Names) -> Phrase:
    what = _records(node.form, node.where, names)
    if node.distinct_on is None:
        return Phrase(f"期内{what}的份数")
    return Phrase(f"期内有{what}的{CALENDAR[node.distinct_on]}数")


@phrase.register
def _latest_in(node: nodes.LatestIn, names: Names) -> Phrase:
    when = "期末以前最近一次" if node.ever else "期内最近一次"
    what = f"{when}{_records(node.form, node.where, names)}"
    if node.type == TRUTH:
        return Phrase(f"{what}中，{phrase(node.value, names).within(RELATION)}", RELATION)
    return Phrase(f"{what}的{phrase(node.value, names).within(SUM)}")


@phrase.register
def _widest_gap_in(node: nodes.WidestGapIn, names: Names) -> Phrase:
    what = _records(node.form, node.where, names)
    return Phrase(f"期内在{names.episode(node.episode)}中没有{what}的最长天数")


@phrase.register
def _unanswered_in(node: nodes.UnansweredIn, names: Names) -> Phrase:
    call = _records(node.form, node.where, names)
    answer = _records(node.answer_form, node.answer, names)
    return Phrase(f"期内{call}之后{number_of_days(node.within, names)}之内没有{answer}的次数")


def _records(form: type, where: Node | None, names: Names) -> str:
    """Records of a form, with the condition on them."""
    title = f"《{getattr(form, 'title', form.__name__)}》"
    return title if where is None else f"{title}（{phrase(where, names).text}）"
