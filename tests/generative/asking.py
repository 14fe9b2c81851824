"""Questions drawn at random: by day the same few, more of them until each node came up; at night many new ones.

What is drawn from one seed is not the same everywhere: Hypothesis also draws constants it finds in the modules that happen to be
loaded, so whether a rare node comes up within so many questions is luck. By day another round is asked while one is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

#: So many rounds are asked at most; a node that did not come up by then is not drawn at all.
MOST_ROUNDS = 20

Question = Callable[[Any], None]


def ask(question: Question, examples: int, from_seed: int | None) -> None:
    """Draw so many questions, the same ones for the same seed as far as Hypothesis can; new ones each time without."""
    rules = settings(
        max_examples=examples,
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    asked = given(st.data())(question)
    rules(asked if from_seed is None else seed(from_seed)(asked))()


def ask_until(
    complete: Callable[[], bool], questions: Iterable[tuple[Question, int]], *, repeatable: bool
) -> None:
    """Ask each kind of question so many times; by day (`repeatable`) again from other seeds while something is missing."""
    for number in range(MOST_ROUNDS if repeatable else 1):
        for question, examples in questions:
            ask(question, examples, number if repeatable else None)
        if complete():
            return
