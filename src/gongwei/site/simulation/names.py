"""Names as they are met in a Chinese county: surnames by frequency, given names by generation and sex."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import numpy as np
import yaml


@dataclass(frozen=True)
class Generation:
    """Characters of given names for births up to and including the year `until`."""

    until: int
    male: np.ndarray
    female: np.ndarray
    one_character: float


class Names:
    """Draws names with one random generator; every draw is vectorised."""

    def __init__(self) -> None:
        source = yaml.safe_load((resources.files(__package__) / "names.yaml").read_text(encoding="utf-8"))
        words = source["surnames"].split()
        self.surnames = np.array(words[::2], dtype=object)
        share = np.array(words[1::2], dtype=float)
        self.share = share / share.sum()
        self.places: dict[str, list[str]] = {kind: text.split() for kind, text in source["places"].items()}
        self.generations = [
            Generation(
                g["until"],
                np.array(g["male"].split(), dtype=object),
                np.array(g["female"].split(), dtype=object),
                g["one_character"],
            )
            for g in source["given"]
        ]

    def draw_surnames(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Return `n` surnames as objects, by their share of the population."""
        return self.surnames[rng.choice(len(self.surnames), size=n, p=self.share)]

    def draw_given(self, rng: np.random.Generator, birth_year: np.ndarray, male: np.ndarray) -> np.ndarray:
        """Return given names of one or two characters fitting year of birth and sex."""
        result = np.empty(len(birth_year), dtype=object)
        lower = 0
        for generation in self.generations:
            for is_male, characters in ((True, generation.male), (False, generation.female)):
                chosen = (birth_year > lower) & (birth_year <= generation.until) & (male == is_male)
                k = int(chosen.sum())
                first = characters[rng.integers(0, len(characters), k)]
                second = characters[rng.integers(0, len(characters), k)]
                second[rng.random(k) < generation.one_character] = ""
                result[chosen] = first + second
            lower = generation.until
        return result
