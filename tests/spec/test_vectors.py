"""Every test vector of the reference is a worked example: none is left out, none is there twice.

The numbers are those of the tables "Test vectors" of hypertension.md §4, diabetes.md §4, elderly.md §4 and physical_exam.md §3.
"""

import re
from collections import Counter
from importlib import resources

import pytest

from gongwei.catalogue import discovery
from gongwei.language.examples import parse

#: programme → prefix of the example's title → numbers of the vectors.
VECTORS = {
    # 19 (90/150 refused) and 20 (30 years, outside the measures) are among them.
    "hypertension": {"例": range(1, 21)},
    "diabetes": {"例": range(1, 16)},
    # Self-care: eight totals; the ninth line of the table (1 for eating is refused) is a wrong shape, see test_self_care.
    "older_people": {"年度例": range(1, 8), "自理例": range(1, 9)},
    # 11 is about the complete form of older people and stands in their measures.
    "health_record": {"例": [n for n in range(1, 13) if n != 11]},
}


def titles(programme):
    """The titles of a programme's examples."""
    (found,) = [each for each in discovery.find() if each.programme.code == programme]
    folder = resources.files(found.package).joinpath("examples")
    return [
        example.title
        for path in folder.iterdir()
        if path.name.endswith(".md")
        for example in parse(path.read_text(encoding="utf-8"), path.name)
    ]


@pytest.mark.parametrize("programme", VECTORS)
def test_every_vector_is_an_example(programme):
    for prefix, numbers in VECTORS[programme].items():
        # 例4、例5 is one example of two vectors: two contacts of one resident.
        named = [title for title in titles(programme) if re.match(rf"{prefix}\d", title)]
        counted = Counter(int(number) for title in named for number in re.findall(rf"{prefix}(\d+)", title))
        assert counted == Counter(numbers)


def test_the_dated_exam_stands_with_older_people():
    assert any("例11" in title for title in titles("older_people"))
