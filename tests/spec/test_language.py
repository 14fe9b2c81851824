"""The language's own tables (`tests/spec/language/*.md`), on every engine.

Headings after → are expressions in the words of `gongwei.language` and the fields of `tests.spec.forms.F`. Without a
setting each line is one record of its own; `历史：是` makes the lines records of one subject; `期间：` asks about that
subject in the period and expects the values in the last line.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.spec import engines, forms, reading

from gongwei import language
from gongwei.language import examples, nodes
from gongwei.language.expressions import walk
from gongwei.language.measures import Fact

FILES = sorted((Path(__file__).parent / "language").glob("*.md"))
WORDS = {name: getattr(language, name) for name in language.__all__}
NAMES = {
    **WORDS,
    **forms.F.fields,
    "F": forms.F,
    "G": forms.G,
    "EP": forms.EP,
    "Line": forms.Line,
    "Fact": Fact,
    "Decimal": Decimal,
    "date": date,
}
CASES = [
    pytest.param(example, id=f"{path.stem}:{example.title}")
    for path in FILES
    for example in examples.parse(path.read_text(encoding="utf-8"), path.name)
]


def expression(text):
    """An expression written in a heading."""
    return language.expressions.as_node(eval(text.strip("`"), dict(NAMES)))


def compare(found, of, text, where):
    wanted = reading.expected(of, text)
    assert type(found) is not float, f"{where}: numbers are exact"
    assert (found is None) == (wanted is None), f"{where}: found {found!r}, wanted {wanted!r}"
    assert found == wanted, f"{where}: found {found!r}, wanted {wanted!r}"


@pytest.mark.parametrize("engine", engines.ENGINES)
@pytest.mark.parametrize("example", CASES)
def test_table(example, engine):
    run = engines.ENGINES[engine]
    subject = reading.subject(example, forms.F, forms.EP.code, forms.PARAMETERS, {"另一表": forms.G})
    own = [record for record in subject.records if record.form is forms.F]
    checked = 0
    for heading in example.expected_columns:
        condition = expression(heading)
        if "期间" in example.settings:
            found = run.periods(condition, [subject], reading.period_of(example.settings["期间"]))
            lines = [example.rows[-1]]
        elif "历史" in example.settings:
            found = run.records(condition, [(record, subject) for record in own])
            lines = list(example.rows)
        else:
            alone = replace(subject, records=())
            found = run.records(condition, [(record, alone) for record in own])
            lines = list(example.rows)
        assert len(found) == len(lines)
        for value, line in zip(found, lines, strict=True):
            if heading in line.expected:
                compare(value, condition.type, line.expected[heading], f"line {line.line}, {heading}")
                checked += 1
    assert checked


def test_every_node_has_a_table():
    """A node nobody wrote a table for is a node whose meaning nobody agreed on."""
    seen = set()
    for case in CASES:
        for heading in case.values[0].expected_columns:
            seen.update(type(node) for node in walk(expression(heading)))
    assert set(nodes.ALL_NODES) - seen == set()
