"""Nonsense cannot be built, and the error says what to write instead."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.spec.forms import EP, F, G, Line

from gongwei.language import (
    ASK,
    BLOCK,
    PERIOD,
    TEXT,
    TRUTH,
    WARN,
    Choice,
    Choices,
    Date,
    DefinitionError,
    Form,
    Interval,
    MixedRooms,
    Moment,
    Options,
    Parameter,
    Person,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
    age_at,
    all_hold,
    case,
    count_true,
    days,
    distance,
    least,
    months,
    nodes,
    previous,
    rows_count,
)
from gongwei.language.checks import PatternCheck, RecordCheck
from gongwei.language.decisions import Advice, DecisionTable, Row
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Expression, Node
from gongwei.language.fields import Field
from gongwei.language.forms import answers_in
from gongwei.language.intervals import DAY, WEEK, YEAR, after
from gongwei.language.measures import Fact, Measure, Published, all_of
from gongwei.language.programmes import Programme
from gongwei.language.schedules import CALENDAR_YEAR, Contact, Schedule
from gongwei.language.services import ServiceItem

f = F
at = Moment("时刻")
doctor = Person("医生")
SAME = Options("另一值域", {"1": "一"})


class H(Form):
    """A form whose options are another list."""

    code, title, source = "unit_h", "又一表", "tests"

    done_on = Date("日期", required=True)
    c = Choice("c", SAME)


NONSENSE = {
    "and": (lambda: f.n < 1 and f.m > 1, "write `&` for `and`"),
    "or": (lambda: f.y or f.z, "`|` for `or`"),
    "not": (lambda: not f.y, "`~` for `not`"),
    "chain": (lambda: 1 < f.n < 3, "`(a < b) & (b < c)`"),
    "in": (lambda: "1" in f.s, "write .has('1')"),
    "loop": (lambda: list(f.s), "cannot be looped over"),
    "brackets forgotten": (lambda: f.n & f.m, "put brackets around comparisons"),
    "not of a number": (lambda: ~f.n, "joins conditions"),
    "text and number": (lambda: f.n < "140", "without quotation marks"),
    "day and text": (lambda: f.d < "2025-03-10", "date(2025, 3, 10)"),
    "option and number": (lambda: f.c == 1, "option codes are text"),
    "option and text field": (lambda: f.c == f.t, "both sides must be of one type"),
    "two value lists": (lambda: f.c == H.c, "different value lists"),
    "unknown option": (lambda: f.c == "9", "write one of: 1 甲、2 乙、3 丙"),
    "label for a code": (lambda: f.c == "乙", "write its code '2'"),
    "order of options": (lambda: f.c < "2", "has no order"),
    "order of text": (lambda: f.t < f.u, "has no order"),
    "compare choices": (lambda: f.s == "1", "write .has(code)"),
    "compare rows": (lambda: f.rows == 1, ".count()"),
    "compare truth": (lambda: f.y == True, "write the condition itself"),  # noqa: E712
    "float": (lambda: f.n < 1.5, "Decimal('1.5')"),
    "none": (lambda: f.n == None, "write .is_missing()"),  # noqa: E711
    "thing": (lambda: f.n == object(), "cannot stand in a condition"),
    "day minus day": (lambda: f.d - f.e, "days_between"),
    "adding a truth": (lambda: f.y + 1, "wants a number"),
    "interval to a number": (lambda: f.n + days(1), "wants a date"),
    "distance of numbers": (lambda: distance("day", f.n, f.m), "wants a date"),
    "interval of a float": (lambda: days(1.5), "whole number"),
    "negative interval": (lambda: months(-1), "whole number"),
    "unresolved interval": (lambda: after(date(2025, 1, 1), days(Parameter("spec.days"))), "resolve"),
    "interval without parameters": (lambda: days(Parameter("spec.days")).resolve(None), "pass parameters"),
    "round too fine": (lambda: f.n.round(11), "0 to 10"),
    "round text": (lambda: f.t.round(), "wants a number"),
    "last digit of text": (lambda: f.t.last_digit(), "wants a number"),
    "least of one": (lambda: least(f.n), "at least two"),
    "least of text": (lambda: least(f.t, f.u), "numbers or dates"),
    "least of two types": (lambda: least(f.n, f.d), "of one type"),
    "has of a choice": (lambda: f.c.has("1"), "write =="),
    "has an unknown option": (lambda: f.s.has("9"), "has no option"),
    "has any of none": (lambda: f.s.has_any(), "at least one"),
    "count of a number": (lambda: f.n.count(), "for several options or rows"),
    "rows of a number": (lambda: rows_count(f.n), "is for Rows"),
    "rows where a number": (lambda: rows_count(f.rows, Line.amount), "wants a truth"),
    "in nothing": (lambda: f.n.is_in(), "at least one value"),
    "in fields": (lambda: f.n.is_in(f.m), "fixed values"),
    "in the wrong type": (lambda: f.n.is_in("1"), "without quotation marks"),
    "empty case": (lambda: case(), "at least one"),
    "case of a number": (lambda: case((f.n, 1)), "joins conditions"),
    "case of two types": (lambda: case((f.y, 1), otherwise="a"), "of one type"),
    "count of numbers": (lambda: count_true(f.n), "joins conditions"),
    "previous in previous": (lambda: previous(previous(f.n)), "one step back"),
    "previous having a number": (lambda: previous(f.n, having=f.m), "wants a truth"),
    "previous within a day": (lambda: previous(f.n, within=f.d), "wants a number"),
    "short parameter": (lambda: Parameter("limit"), "write the full code"),
    "record and period": (lambda: (f.n < 1) & F.any_in(PERIOD), "latest_in(PERIOD"),
    "record and fact": (lambda: f.y & Fact("x", F.any_in(PERIOD)), "latest_in(PERIOD"),
    "period in previous": (lambda: previous(F.any_in(PERIOD)), "latest_in(PERIOD"),
    "period in a door": (lambda: F.count_in(PERIOD, where=F.any_in(PERIOD)), "latest_in(PERIOD"),
    "number in a door": (lambda: F.count_in(PERIOD, where=f.n), "wants a truth"),
    "weeks counted": (lambda: F.count_in(PERIOD, distinct_on=WEEK), "day, month, quarter or year"),
    "a period of one's own": (lambda: F.any_in(date(2025, 1, 1)), "write PERIOD"),
    "days under management": (lambda: EP.units_in(PERIOD, DAY), "months, quarters or years"),
    "active on a number": (lambda: EP.active_on(3), "wants a date"),
    "active on a record's day": (lambda: EP.active_on(f.d), "latest_in(PERIOD"),
    "record's limit in a period": (
        lambda: F.unanswered_in(PERIOD, where=f.y, within=f.n),
        "latest_in(PERIOD",
    ),
    "fact about a record": (lambda: Fact("x", f.n < 1), "a fact is about a period"),
    "fact's stand-in": (lambda: Fact("x", F.any_in(PERIOD), if_none=1), "is not a truth"),
    "part that is a number": (lambda: all_of(Fact("x", F.count_in(PERIOD))), "compare the number"),
    "two parts of one name": (lambda: all_of({"x": F.any_in(PERIOD)}, {"x": G.any_in(PERIOD)}), "called x"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_cannot_be_built(name):
    build, words = NONSENSE[name]
    with pytest.raises(DefinitionError) as caught:
        build()
    assert words in str(caught.value)


def test_mixed_rooms_have_their_own_error():
    with pytest.raises(MixedRooms):
        (f.n < 1) & F.any_in(PERIOD)


def form(**fields):
    body = {"code": "x", "title": "表", "source": "tests", "done_on": Date("日期"), **fields}
    return type("X", (Form,), body)


BAD_FIELDS = {
    "no label": (lambda: Text(""), "Chinese label"),
    "since after until": (lambda: Text("a", since=date(2025, 1, 2), until=date(2025, 1, 1)), "exchange"),
    "required by a number": (lambda: Text("a", required=F.n), "wants a condition"),
    "only if a number": (lambda: Text("a", only_if=F.n), "wants a condition"),
    "computed of another type": (lambda: Text("a", computed=F.n), "not a text"),
    "between reversed": (lambda: Quantity("a", between=(300, 40)), "write between=(40, 300)"),
    "between floats": (lambda: Quantity("a", between=(0.1, 2)), 'Decimal("0.1")'),
    "between truths": (lambda: Quantity("a", expected=(True, 2)), "whole numbers"),
    "expected outside": (lambda: Quantity("a", between=(1, 5), expected=(0, 3)), "must lie within"),
    "expected above": (lambda: Quantity("a", between=(1, 5), expected=(2, 6)), "must lie within"),
    "shared": (lambda: form(n=F.n), "belongs to one form"),
    "name taken": (lambda: form(any_in=Text("a")), "name is taken"),
    "name hidden": (lambda: form(_a=Text("a")), "name is taken"),
    "label twice": (lambda: form(a=Text("甲"), b=Text("甲")), "labelled 甲"),
    "other form's answer": (lambda: form(a=Text("甲", only_if=F.y)), "names Answer(spec_f.y)"),
    "no code": (lambda: type("X", (Form,), {"done_on": Date("日期")}), "write code"),
    "no day": (lambda: type("X", (Form,), {"code": "x", "title": "t", "source": "s"}), "done_on"),
    "made from a form": (lambda: type("X", (F,), {}), "not made from another form"),
    "options empty": (lambda: Options("o", {}), "at least one"),
    "option code number": (lambda: Options("o", {1: "甲"}), "must be text"),
    "option code twice": (lambda: Options("o", (("1", "甲"), ("1", "乙"))), "given twice"),
    "option label twice": (lambda: Options("o", {"1": "甲", "2": "甲"}), "given twice"),
    "option without label": (lambda: Options("o", {"1": ""}), "has no label"),
    "unknown exclusive": (lambda: Options("o", {"1": "甲"}, exclusive=("2",)), "unknown option '2'"),
    "unknown standard": (lambda: Options("o", {"1": "甲"}, standard_codes={"2": "x"}), "unknown option"),
    "unknown since": (lambda: Options("o", {"1": "甲"}, since={"2": date(2025, 1, 1)}), "unknown option"),
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_bad_fields_and_options(name):
    build, words = BAD_FIELDS[name]
    with pytest.raises(DefinitionError) as caught:
        build()
    assert words in str(caught.value)


def table(*rows):
    return DecisionTable("表", on=F, source="tests", rows=rows)


LAST = Row("none", "无", when=None)
MANAGED = Fact("在管", EP.overlaps(PERIOD))

BAD_PARTS = {
    "no last row": (lambda: table(Row("a", "甲", f.y)), "last row"),
    "no rows": (lambda: table(), "last row"),
    "last row early": (lambda: table(Row("a", "甲", None), LAST), "when=None ends the table"),
    "row twice": (lambda: table(Row("a", "甲", f.y), Row("a", "乙", f.z), LAST), "twice"),
    "row is a number": (lambda: table(Row("a", "甲", f.n), LAST), "is not a condition"),
    "row about a period": (lambda: table(Row("a", "甲", F.any_in(PERIOD)), LAST), "latest_in"),
    "row about another form": (lambda: table(Row("a", "甲", G.n > 1), LAST), "names Answer(spec_g.n)"),
    "proposes nothing known": (lambda: table(Row("a", "甲", f.y, proposes={"q": "1"}), LAST), "no field 'q'"),
    "proposes no option": (lambda: table(Row("a", "甲", f.y, proposes={"c": "9"}), LAST), "has no option"),
    "proposes another type": (lambda: table(Row("a", "甲", f.y, proposes={"c": 1}), LAST), "not a number"),
    "check of a number": (lambda: RecordCheck("a", on=F, holds=f.n, then=BLOCK), "not a condition"),
    "check of another form": (lambda: RecordCheck("a", on=F, holds=G.n > 1, then=BLOCK), "names Answer"),
    "check of a period": (lambda: RecordCheck("a", on=F, holds=F.any_in(PERIOD), then=WARN), "latest_in"),
    "check at no field": (lambda: RecordCheck("a", on=F, holds=f.y, then=ASK, fields=("q",)), "no field 'q'"),
    "pattern verdict": (lambda: PatternCheck("a", on=F, share_of=f.y, above=1, then=BLOCK), "then=ASK"),
    "pattern of a number": (lambda: PatternCheck("a", on=F, share_of=f.n, above=1), "not a condition"),
    "pattern where a number": (
        lambda: PatternCheck("a", on=F, share_of=f.y, where=f.n, above=1),
        "where= is not",
    ),
    "pattern limit": (lambda: PatternCheck("a", on=F, share_of=f.y, above=f.n), "number or a Parameter"),
    "service of a number": (lambda: ServiceItem("a", "a", F, f.n, source="s"), "not a condition"),
    "service of none": (lambda: ServiceItem("a", "a", F, f.y, source="s", at_most=0), "1 or more"),
    "measure without source": (lambda: Measure("A", "a", MANAGED), "write source="),
    "measure of a number": (
        lambda: Measure("A", "a", Fact("n", F.count_in(PERIOD)), source="s"),
        "condition",
    ),
    "published alone": (lambda: Measure("A", "a", Published("p", "p"), source="s"), "write among="),
    "among without published": (lambda: Measure("A", "a", MANAGED, among=MANAGED, source="s"), "among="),
    "contact of two rhythms": (
        lambda: Contact("a", F, every=months(3), once_in=CALENDAR_YEAR),
        "exactly one",
    ),
    "contact of no rhythm": (lambda: Contact("a", F), "exactly one"),
    "contact once in a week": (lambda: Contact("a", F, once_in=WEEK), "CALENDAR_YEAR"),
    "contact uncounted": (lambda: Contact("a", F, every=months(2)), "write counted_by="),
    "contact of weeks uncounted": (lambda: Contact("a", F, every=Interval(WEEK, 1)), "counted_by="),
    "contact of another form": (lambda: Contact("a", F, every=months(3), where=G.n > 1), "names Answer"),
    "contact outside a schedule": (
        lambda: Contact("a", F, every=months(3)).kept_in(PERIOD),
        "into a Schedule",
    ),
    "required of a yearly contact": (
        lambda: Contact("a", F, once_in=CALENDAR_YEAR).required_in(PERIOD),
        "every=",
    ),
}


@pytest.mark.parametrize("name", BAD_PARTS)
def test_bad_parts_of_a_programme(name):
    build, words = BAD_PARTS[name]
    with pytest.raises(DefinitionError) as caught:
        build()
    assert words in str(caught.value)


def test_a_contact_belongs_to_one_schedule():
    contact = Contact("a", F, every=months(3))
    Schedule(EP, [contact])
    with pytest.raises(DefinitionError, match="already in a schedule"):
        Schedule(Episode("other", "别的", source="tests"), [contact])


def test_a_programme_has_no_code_twice():
    with pytest.raises(DefinitionError, match="episode spec is there twice"):
        Programme("p", "p", source="s", episodes=(EP, EP))


def test_good_things_can_be_built():
    """The errors above are not the only answer: neighbours of the nonsense stand."""
    assert all_hold(f.y).type == TRUTH
    assert case((f.y, "甲")).type == TEXT
    assert (Decimal("1.5") < f.n).room == "record"
    assert (f.c == f.k).type == TRUTH
    assert age_at(PERIOD.last, YEAR).room == "period"
    assert Rows("a", type("L", (RowGroup,), {"a": Text("a")})).value_type.kind == "rows"
    assert Choices("a", SAME).has("1").room == "record"
    assert YesNo("a").shape_problem(True) is None
    assert (~f.y & True).parts[1].type == TRUTH
    assert isinstance(f.n / f.m, nodes.Arithmetic)
    assert repr(f.n.node) == "Answer(spec_f.n)"
    assert repr(f.n) == "Quantity(spec_f.n n)"


def test_operators_work_from_either_side():
    assert [type(part).__name__ for part in (True & f.y).parts] == ["Literal", "Answer"]
    assert [type(part).__name__ for part in (False | f.y).parts] == ["Literal", "Answer"]
    assert (1 + f.n).left.value == 1
    assert (1 / f.n).op == "divide"
    assert (datetime(2025, 1, 1, tzinfo=UTC) < at.node).type == TRUTH
    assert (doctor.node == "d1").right.type.kind == "person"


def test_the_bases_stand_for_nothing():
    for ask in (
        lambda: Expression().node,
        lambda: Field("甲").value_type,
        lambda: Field("甲").shape_problem("x"),
        lambda: Node(),
        lambda: Advice().text,
    ):
        with pytest.raises(NotImplementedError):
            ask()


def test_a_condition_about_a_period_names_no_answers():
    assert answers_in(F.count_in(PERIOD, where=f.y)) == []
    assert [answer.name for answer in answers_in(f.y & (rows_count(f.rows, Line.amount > 1) == 1))] == [
        "y",
        "rows",
    ]
