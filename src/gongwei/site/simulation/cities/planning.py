"""What the year brought every resident of a city: who is old, who has which disease, who was managed by the norm and why not.

Counts come out exactly as wanted: residents are made in blocks of known size and shuffled. What is free (ages, which reason)
is drawn from the seed. Nothing here fills a form.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gongwei.site.simulation.cities.published import Wanted

# How somebody stands: on file; died or moved away in the year; record cancelled; known by name, with no record yet.
ON_FILE, DIED, LEFT, CANCELLED, UNFILED = range(5)
# The health examination of the year.
NO_EXAM, LAST_YEAR, COMPLETE, NO_ECG, NO_SKIN, NO_GUIDANCE, NO_FOOT_PULSE = range(7)
# A disease under management: not, by the norm, not by the norm.
WITHOUT, BY_NORM, NOT_BY_NORM = range(3)
# What went wrong with the follow-ups.
FINE, ONE_SHORT, SEVERAL_SHORT, BY_TELEPHONE, LOST, CLUSTERED, NOT_FILLED, NO_GLUCOSE = range(8)
# 个人基本信息表.
NO_FORM, FILLED, GAPS = range(3)
CHILD, ADULT, OLD, NEWCOMER = range(4)
CHILDREN = 0.045
#: Shares of residents on file that there are besides: those who died, moved away, were cancelled, or have no record yet. [D]
BESIDES = {DIED: 0.006, LEFT: 0.008, CANCELLED: 0.002, UNFILED: 0.004}
EXAM_IN_YEAR = (COMPLETE, NO_ECG, NO_SKIN, NO_GUIDANCE, NO_FOOT_PULSE)


@dataclass
class Plan:
    """Arrays with one entry per resident, in the order in which they live, all small integers.

    ..._made: completed follow-ups of the routine. start, finish: first and last day under management or on file, as days of the
    year from 0; start < 0: before the year.
    """

    standing: np.ndarray
    group: np.ndarray
    hypertension: np.ndarray
    diabetes: np.ndarray
    exam: np.ndarray
    htn_fault: np.ndarray
    dm_fault: np.ndarray
    basic: np.ndarray
    notes: np.ndarray
    htn_made: np.ndarray
    dm_made: np.ndarray
    start: np.ndarray
    finish: np.ndarray

    def __len__(self) -> int:
        return len(self.standing)

    def part(self, first: int, last: int) -> Plan:
        """Residents of a stretch."""
        return Plan(**{each.name: getattr(self, each.name)[first:last] for each in fields(self)})


def apportion(total: int, weights: list[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to `total`, the largest remainders rounded up."""
    whole = sum(weights)
    shares = [total * weight / whole if whole else 0.0 for weight in weights]
    found = [int(share) for share in shares]
    order = sorted(range(len(weights)), key=lambda place: found[place] - shares[place])
    for place in order[: total - sum(found)]:
        found[place] += 1
    return found


@dataclass
class _Block:
    """Residents alike: how many, and what they share."""

    count: int
    group: int
    hypertension: int = WITHOUT
    diabetes: int = WITHOUT
    standing: int = ON_FILE
    exam: int = NO_EXAM


def plan(wanted: Wanted, seed: int) -> Plan:
    """A city of which the figures are as wanted.

    Raises:
        ValueError: the figures contradict each other (more older people examined than there are ...).
    """
    rng = np.random.default_rng([seed, wanted.year])
    blocks = _older(_diseased(wanted), wanted)
    gone = {standing: int(wanted.on_file * share) for standing, share in BESIDES.items()}
    for each in blocks:
        gone[each.standing] = gone.get(each.standing, 0) - each.count
    blocks += [_Block(max(0, gone[standing]), ADULT, standing=standing) for standing in BESIDES]
    rest = wanted.on_file - sum(each.count for each in blocks if each.standing == ON_FILE)
    children, newcomers = int(wanted.on_file * CHILDREN), int(wanted.older * 0.003)
    blocks += [_Block(children, CHILD), _Block(newcomers, NEWCOMER)]
    blocks.append(_Block(rest - children - newcomers, ADULT))
    if any(each.count < 0 for each in blocks):
        raise ValueError(f"the figures contradict each other: {[each for each in blocks if each.count < 0]}")
    return _spread(blocks, wanted, rng)


def _diseased(wanted: Wanted) -> list[_Block]:
    """Everybody under management, by age and by which disease was managed by the norm."""
    both = wanted.diabetic // 2
    only_htn, only_dm = wanted.hypertensive - both, wanted.diabetic - both
    left = int(only_htn * 0.012)
    died = int(only_htn * 0.008)
    sizes = [
        *apportion(both, [58, 42]),
        *apportion(only_htn - left - died, [54, 46]),
        *apportion(only_dm, [52, 48]),
    ]
    # Strata: (group, standing, has hypertension, has diabetes, size).
    strata = [
        (OLD, ON_FILE, True, True, sizes[0]),
        (ADULT, ON_FILE, True, True, sizes[1]),
        (OLD, ON_FILE, True, False, sizes[2]),
        (ADULT, ON_FILE, True, False, sizes[3]),
        (ADULT, LEFT, True, False, left),
        (ADULT, DIED, True, False, died),
        (OLD, ON_FILE, False, True, sizes[4]),
        (ADULT, ON_FILE, False, True, sizes[5]),
    ]
    htn = apportion(
        wanted.hypertensive_by_norm,
        [size * (0.4 if stands != ON_FILE else 1.0) if has else 0.0 for _, stands, has, _, size in strata],
    )
    dm = apportion(wanted.diabetic_by_norm, [float(size) if has else 0.0 for *_, has, size in strata])
    blocks = []
    for (group, standing, has_htn, has_dm, size), h, d in zip(strata, htn, dm, strict=True):
        if has_htn and has_dm:
            least, most = max(0, h + d - size), min(h, d)
            together = least + int((most - least) * 0.85)
            cells = {
                (BY_NORM, BY_NORM): together,
                (BY_NORM, NOT_BY_NORM): h - together,
                (NOT_BY_NORM, BY_NORM): d - together,
                (NOT_BY_NORM, NOT_BY_NORM): size - h - d + together,
            }
        elif has_htn:
            cells = {(BY_NORM, WITHOUT): h, (NOT_BY_NORM, WITHOUT): size - h}
        else:
            cells = {(WITHOUT, BY_NORM): d, (WITHOUT, NOT_BY_NORM): size - d}
        blocks += [_Block(count, group, *both_of, standing) for both_of, count in cells.items()]
    return blocks


def _older(diseased: list[_Block], wanted: Wanted) -> list[_Block]:
    """The diseased, and all the older beside them, divided by what examination each older resident had."""
    unfiled = int(wanted.older * 0.001)
    cells = [each for each in diseased if each.group == OLD]
    healthy = wanted.older - unfiled - sum(each.count for each in cells)
    cells.append(_Block(healthy, OLD))
    bound = [each for each in cells if BY_NORM in (each.hypertension, each.diabetes)]
    free = [each for each in cells if each not in bound]
    # Of those whose disease was managed by the norm everybody has an exam; it may lack the ECG, which only older people need.
    lacking = [each.count // 50 for each in bound]
    managed = wanted.older_managed - sum(each.count for each in bound) + sum(lacking)
    incomplete = wanted.older_examined - wanted.older_managed - sum(lacking)
    missing = wanted.older - unfiled - wanted.older_examined
    if min(managed, incomplete, missing) < 0:
        raise ValueError(f"older people: {managed=} {incomplete=} {missing=}")
    found = [each for each in diseased if each.group != OLD]
    for each, without in zip(bound, lacking, strict=True):
        found += [_like(each, each.count - without, COMPLETE), _like(each, without, NO_ECG)]
    sizes = [float(each.count) for each in free]
    filled = apportion(managed, sizes)
    sizes = [size - done for size, done in zip(sizes, filled, strict=True)]
    halves = apportion(incomplete, sizes)
    for each, full, half in zip(free, filled, halves, strict=True):
        found.append(_like(each, full, COMPLETE))
        kinds = apportion(half, [4, 3, 3])
        found += [_like(each, n, kind) for n, kind in zip(kinds, (NO_ECG, NO_SKIN, NO_GUIDANCE), strict=True)]
        late = (each.count - full - half) // 6
        found += [_like(each, late, LAST_YEAR), _like(each, each.count - full - half - late, NO_EXAM)]
    return [*found, _Block(unfiled, OLD, standing=UNFILED)]


def _like(block: _Block, count: int, exam: int) -> _Block:
    return _Block(count, block.group, block.hypertension, block.diabetes, block.standing, exam)


def _spread(blocks: list[_Block], wanted: Wanted, rng: np.random.Generator) -> Plan:
    """The blocks shuffled over the city, and for each resident what is left to chance."""
    kind = rng.permutation(np.repeat(np.arange(len(blocks), dtype=np.int16), [each.count for each in blocks]))

    def of(name: str) -> np.ndarray:
        return np.array([getattr(each, name) for each in blocks], dtype=np.int8)[kind]

    standing, group, htn, dm, exam = map(of, ("standing", "group", "hypertension", "diabetes", "exam"))
    _draw_exams(rng, group, standing, htn, dm, exam)
    start, finish = _spans(rng, wanted.year, standing, htn, dm)
    whole = (start < 0) & (standing == ON_FILE)
    htn_fault, dm_fault = (
        _faults(rng, exam, htn, whole, is_dm=False),
        _faults(rng, exam, dm, whole, is_dm=True),
    )
    owed = quarter_of(wanted.year, finish) - quarter_of(wanted.year, np.maximum(start, 0)) + 1
    htn_made, dm_made = (
        np.where(of == WITHOUT, 0, _made(fault, owed)).astype(np.int8)
        for of, fault in ((htn, htn_fault), (dm, dm_fault))
    )
    in_use = (htn_made > 0) | (dm_made > 0) | np.isin(exam, EXAM_IN_YEAR)
    return Plan(
        standing,
        group,
        htn,
        dm,
        exam,
        htn_fault,
        dm_fault,
        _basics(rng, standing, group, wanted.basic),
        _notes(rng, standing, in_use, wanted.used),
        htn_made,
        dm_made,
        start,
        finish,
    )


def quarter_starts(year: int) -> np.ndarray:
    """The days of the year, from 0, on which its quarters begin."""
    months = np.array([f"{year}-{month:02}" for month in (1, 4, 7, 10)], dtype="datetime64[D]")
    return (months - months[0]).astype(np.int16)


def quarter_of(year: int, day: np.ndarray) -> np.ndarray:
    """The quarter (0 to 3) of days of the year."""
    return np.searchsorted(quarter_starts(year), day, side="right") - 1


def _made(fault: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """How many of the follow-ups owed were completed."""
    several = np.maximum(0, owed - 2 - np.arange(len(owed)) % 2)
    return np.where(
        fault == SEVERAL_SHORT, several, np.where(np.isin(fault, (ONE_SHORT, LOST)), owed - 1, owed)
    )


def _draw_exams(rng: np.random.Generator, group: Any, standing: Any, htn: Any, dm: Any, exam: Any) -> None:
    """Exams of whoever is not counted among the older, in place: exact counts do not hang on them."""
    open_ = group != OLD
    normed = open_ & ((htn == BY_NORM) | (dm == BY_NORM))
    exam[normed] = COMPLETE
    only_htn = np.flatnonzero(normed & (dm != BY_NORM) & (standing == ON_FILE))
    exam[only_htn[rng.random(len(only_htn)) < 0.05]] = NO_FOOT_PULSE
    failed = np.flatnonzero(open_ & ((htn == NOT_BY_NORM) | (dm == NOT_BY_NORM)) & ~normed)
    kinds = (NO_EXAM, LAST_YEAR, COMPLETE, NO_SKIN, NO_GUIDANCE)
    exam[failed] = rng.choice(np.array(kinds, dtype=np.int8), len(failed), p=[0.35, 0.06, 0.42, 0.1, 0.07])
    exam[failed[standing[failed] != ON_FILE]] = NO_EXAM
    other = np.flatnonzero((group == ADULT) & (standing == ON_FILE) & (htn == WITHOUT) & (dm == WITHOUT))
    exam[other[rng.random(len(other)) < 0.015]] = COMPLETE


def _spans(
    rng: np.random.Generator, year: int, standing: Any, htn: Any, dm: Any
) -> tuple[np.ndarray, np.ndarray]:
    """From when to when somebody is under management or on file, in days of the year."""
    n = len(standing)
    last = (np.datetime64(f"{year}-12-31") - np.datetime64(f"{year}-01-01")).astype(int)
    start, finish = np.full(n, -1, dtype=np.int16), np.full(n, last, dtype=np.int16)
    managed = np.flatnonzero((htn != WITHOUT) | (dm != WITHOUT))
    new = managed[(rng.random(len(managed)) < 0.07) & (standing[managed] == ON_FILE)]
    start[new] = rng.integers(10, 330, len(new))
    gone = np.flatnonzero(np.isin(standing, (DIED, LEFT, CANCELLED)))
    finish[gone] = rng.integers(100, 360, len(gone))
    return start, finish


def _faults(rng: np.random.Generator, exam: Any, managed: Any, whole: Any, *, is_dm: bool) -> np.ndarray:
    """What was wrong with the follow-ups of those not managed by the norm; nothing need be where the exam is to blame.

    whole: who was under management all year, and so may have all contacts at its end.
    """
    found = np.zeros(len(managed), dtype=np.int8)
    at = np.flatnonzero(managed == NOT_BY_NORM)
    spoilt = [NO_EXAM, LAST_YEAR, NO_SKIN, NO_GUIDANCE, *([NO_FOOT_PULSE] if is_dm else [])]
    kinds = (ONE_SHORT, SEVERAL_SHORT, BY_TELEPHONE, LOST, CLUSTERED, NOT_FILLED)
    weights = np.array([34, 22, 16, 8, 10, 10])
    if is_dm:
        kinds, weights = (*kinds, NO_GLUCOSE), np.array([32, 20, 14, 8, 8, 9, 9])
    drawn = rng.choice(np.array(kinds, dtype=np.int8), len(at), p=weights / weights.sum())
    drawn[(drawn == CLUSTERED) & ~whole[at]] = ONE_SHORT
    drawn[np.isin(exam[at], spoilt) & (rng.random(len(at)) < 0.55)] = FINE
    found[at] = drawn
    return found


def _basics(rng: np.random.Generator, standing: Any, group: Any, complete: int) -> np.ndarray:
    """Whose 个人基本信息表 is complete: exactly as many of those on file."""
    found = np.where(group == CHILD, NO_FORM, FILLED).astype(np.int8)
    found[standing == UNFILED] = NO_FORM
    at = rng.permutation(np.flatnonzero((standing == ON_FILE) & (group != CHILD)))
    if len(at) < complete:
        raise ValueError(f"{complete} complete forms, but only {len(at)} residents on file who fill one")
    wanting = at[complete:]
    found[wanting] = np.where(rng.random(len(wanting)) < 0.65, GAPS, NO_FORM)
    return found


def _notes(rng: np.random.Generator, standing: Any, in_use: Any, used: int) -> np.ndarray:
    """How many 接诊记录 make exactly as many records used as wanted; -1: only one of the year before."""
    found = np.zeros(len(standing), dtype=np.int8)
    already = int((in_use & (standing == ON_FILE)).sum())
    at = rng.permutation(np.flatnonzero(~in_use & (standing == ON_FILE)))
    if not 0 <= used - already <= len(at):
        raise ValueError(f"{used} records in use, but {already} are so by examinations and follow-ups")
    chosen, unused = at[: used - already], at[used - already :]
    found[chosen] = 1 + (rng.random(len(chosen)) < 0.3) + (rng.random(len(chosen)) < 0.1)
    found[unused] = np.where(rng.random(len(unused)) < 0.35, -1, 0)
    return found
