"""Every programme's worked examples (`programmes/*/examples/*.md`), on every engine.

What a heading after → asks: `分类` the row of the decision table; `处理` its first advice (— for none); `下次随访` the day
due (`下次` the same for other contacts); `拒绝` a message that blocks; `异常` names of abnormal results, `不算异常` names that are none; a field's label what the table proposes for it; a measure's code whether the subject is
counted in its numerator, followed by `分母` in its denominator; a fact's label its value in the period.
"""

from importlib import resources

import pytest
from tests.spec import engines, reading

from gongwei import catalogue
from gongwei.catalogue import discovery
from gongwei.language import forms as form_language
from gongwei.language.decisions import Revisit
from gongwei.language.examples import NOTHING, parse
from gongwei.language.expressions import as_node
from gongwei.language.parameters import ParameterSet
from gongwei.language.schedules import next_due
from gongwei.language.types import BLOCK

FOUND = discovery.find()
PARAMETERS = ParameterSet(each for found in FOUND for each in found.parameters)
FORMS = {form.title: form for found in FOUND for form in found.programme.forms}
CASES = [
    pytest.param(found, example, id=f"{found.programme.code}:{path.name}:{example.title}")
    for found in FOUND
    for folder in [resources.files(found.package).joinpath("examples")]
    if folder.is_dir()
    for path in sorted(folder.iterdir(), key=lambda each: each.name)
    if path.name.endswith(".md")
    for example in parse(path.read_text(encoding="utf-8"), f"{found.package}/{path.name}")
]


class Judge:
    """Answers what headings ask, through one engine."""

    def __init__(self, engine, programme, form, subject, example):
        self.engine, self.programme, self.form, self.subject = engine, programme, form, subject
        self.table = next(iter(programme.tables_on(form)), None)
        self.abnormal = catalogue.abnormal(form)
        self.own = [record for record in subject.records if record.form is form]
        self.settings = example.settings
        self.known = {}
        self.facts = {fact.label: fact for measure in programme.measures for fact in measure.facts}
        self.measures = {measure.code: measure for measure in programme.measures}
        self.labels = {field.label: name for name, field in form.fields.items()}

    def record(self, name, expression, place):
        """The value at one record; all records of the example are asked about at once."""
        if name not in self.known:
            self.known[name] = self.engine.records(expression, [(each, self.subject) for each in self.own])
        return self.known[name][place]

    def period(self, expression):
        return self.engine.periods(expression, [self.subject], reading.period_of(self.settings["期间"]))[0]

    def row(self, place):
        return self.table.row(self.record("the row", self.table.chosen, place))

    def check(self, heading, text, place):
        """Assert what one cell says."""
        if heading == "分类":
            assert self.row(place).label == text
        elif heading == "处理":
            self._advice(text, self.row(place))
        elif heading in ("下次随访", "下次"):
            self._due(text, self.row(place), self.own[place])
        elif heading == "拒绝":
            assert any(self.record((text, id(node)), node, place) is False for node in self._blocking(text))
        elif heading in ("异常", "不算异常"):
            for name in text.split("、"):
                items = [each for each in self.abnormal if each.name == name]
                said = [self.record(("异常", each.key), each.node, place) is True for each in items]
                assert items
                assert any(said) == (heading == "异常")
        elif heading in self.measures:
            assert self.period(self.measures[heading].in_numerator) is reading.TRUTHS[text]
        elif heading.removesuffix(" 分母") in self.measures:
            measure = self.measures[heading.removesuffix(" 分母")]
            assert self.period(measure.in_denominator) is reading.TRUTHS[text]
        elif heading in self.facts:
            fact = self.facts[heading]
            assert self.period(as_node(fact)) == reading.expected(fact.value_type, text)
        else:
            name = self.labels[heading]
            field = self.form.fields[name]
            said = self.table.proposal(name) if field.computed is None else field.computed
            assert self.record(name, said, place) == reading.expected(field.value_type, text)

    def _advice(self, text, row):
        texts = [advice.text for advice in row.advice]
        assert (text in texts) if text != NOTHING else not texts

    def _due(self, text, row, record):
        if text == NOTHING:
            assert row.when is None
            return
        contact = self.programme.contact_for(self.form)
        at = self.subject.parameters.at(record.done_on)
        due = next_due(contact, record.done_on, record.done_on, row.advice, at)
        assert due.due.isoformat() == text
        assert due.earliest <= due.due <= due.latest
        assert (due.reason == "advice") == any(isinstance(each, Revisit) for each in row.advice)

    def _blocking(self, message):
        """What must hold, by the checks and conditions that refuse a record in these words."""
        checks = self.programme.record_checks(self.form)
        rules = [(check.node, check.text) for check in checks if check.then is BLOCK]
        rules += [(c.holds, c.message) for c in form_language.conditions(self.form) if c.severity is BLOCK]
        return [node for node, text in rules if text == message]


@pytest.mark.parametrize("engine", engines.ENGINES)
@pytest.mark.parametrize(("found", "example"), CASES)
def test_worked_example(found, example, engine):
    # As the catalogue puts it together: some measures ask the forms of all programmes.
    programme = catalogue.programme(found.programme.code)
    form = FORMS[example.settings["表单"]] if "表单" in example.settings else programme.forms[0]
    kind = programme.episodes[0].code if programme.episodes else ""
    subject = reading.subject(example, form, kind, PARAMETERS, FORMS)
    judge = Judge(engines.ENGINES[engine], programme, form, subject, example)
    checked = 0
    for place, line in enumerate(example.rows):
        for heading, text in line.expected.items():
            judge.check(heading, text, place)
            checked += 1
    assert checked
