"""What simulated services are: encounters of one county as arrays, and the forms filled in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Answers:
    """Filled forms of one kind: the encounter each belongs to, and a column per question."""

    encounter: np.ndarray  # index into Services arrays
    columns: dict[str, np.ndarray]


@dataclass
class Services:
    """Encounters of one county in order of person and day, and the forms filled in them."""

    person: np.ndarray  # index into People
    done_on: np.ndarray  # datetime64[D]
    mode: np.ndarray  # form code: 1 门诊 2 家庭 3 电话
    entered_days_later: np.ndarray  # int
    forms: dict[str, Answers] = field(default_factory=dict)
    episodes: dict[str, tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict
    )  # kind → persons, started_on

    def __len__(self) -> int:
        return len(self.person)
