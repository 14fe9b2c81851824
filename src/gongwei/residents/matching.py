"""Does this person exist already? The deterministic rules of records.md §5, each with its reason. Pure.

Exact equality of a name means much in a village; an edit distance of one on a two-character name means nothing
(users_and_peers.md), so names are compared whole, or by sound.
"""

import datetime as dt
from dataclasses import dataclass

EXACT, CONFLICT, STRONG, MEDIUM, WEAK = "exact", "conflict", "strong", "medium", "weak"
LEVEL_TITLES = {
    EXACT: "同一证件",
    CONFLICT: "证件相同而姓名不同",
    STRONG: "很可能是同一人",
    MEDIUM: "可能是同一人",
    WEAK: "有相似之处",
}


@dataclass(frozen=True)
class Person:
    """What is compared: keys are blind indexes, so that two numbers are compared without being opened."""

    name: str
    sound: str
    birth_date: dt.date | None
    sex: str | None
    id_type: str | None
    id_key: bytes | None
    phone_key: bytes | None
    area_key: int | None
    mother_id: object = None


@dataclass(frozen=True)
class Verdict:
    """How alike two persons are: 0–100, a level, and the reasons a clerk reads."""

    score: int
    level: str
    reasons: tuple[str, ...]


def compare(new: Person, old: Person) -> Verdict | None:
    """Compare a person about to be filed with one on file; None when nothing speaks for the same person."""
    same_name, same_sound = new.name == old.name, new.sound == old.sound
    reasons = _reasons(new, old, same_name, same_sound)
    if new.id_key and new.id_key == old.id_key:
        if not same_name:
            return Verdict(100, CONFLICT, ("证件号码相同", f"姓名不同：档案中为“{old.name}”"))
        return Verdict(100, EXACT, ("证件号码相同", *reasons))
    if not new.birth_date or not old.birth_date:
        return None
    same_birth, same_sex = new.birth_date == old.birth_date, new.sex == old.sex
    same_phone = bool(new.phone_key) and new.phone_key == old.phone_key
    same_village = new.area_key is not None and new.area_key == old.area_key
    same_mother = bool(new.mother_id) and new.mother_id == old.mother_id
    near_birth = near(new.birth_date, old.birth_date)
    # Two different numbers of the national identity card are two people, unless one was typed wrongly.
    two_cards = bool(new.id_key and old.id_key and new.id_type == old.id_type == "01")
    doubt = ("证件号码不同，可能录错一位",) if two_cards else ()
    if same_name and same_birth and same_sex and (same_phone or same_village or same_mother):
        score = 90 + 4 * same_phone + 3 * same_village + 3 * same_mother - 15 * two_cards
        return Verdict(score, MEDIUM if two_cards else STRONG, reasons + doubt)
    if same_name and same_birth and not (new.id_key and old.id_key):
        return Verdict(70 + 10 * same_sex, MEDIUM, (*reasons, "其中一份没有证件号码"))
    if same_name and same_phone and near_birth:
        return Verdict(60 + 5 * same_village, WEAK, (*reasons, "出生日期只差一位或两位对调"))
    if same_sound and not same_name and same_birth and same_sex and (same_phone or same_village):
        return Verdict(55 + 5 * same_phone, WEAK, reasons + doubt)
    return None


def _reasons(new: Person, old: Person, same_name: bool, same_sound: bool) -> tuple[str, ...]:
    facts = (
        (same_name, "姓名相同"),
        (same_sound and not same_name, f"姓名同音：档案中为“{old.name}”"),
        (new.birth_date == old.birth_date, "出生日期相同"),
        (new.sex == old.sex, "性别相同"),
        (bool(new.phone_key) and new.phone_key == old.phone_key, "电话相同"),
        (new.area_key is not None and new.area_key == old.area_key, "同村（居）"),
        (bool(new.mother_id) and new.mother_id == old.mother_id, "母亲相同"),
    )
    return tuple(text for holds, text in facts if holds)


def near(one: dt.date, other: dt.date) -> bool:
    """Whether two dates differ by one digit or by two neighbouring digits swapped (not when equal)."""
    a, b = one.isoformat().replace("-", ""), other.isoformat().replace("-", "")
    differing = [place for place in range(8) if a[place] != b[place]]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return a[first] == b[second] and a[second] == b[first]


def neighbours(day: dt.date) -> list[dt.date]:
    """Return every calendar date `near` this one: what a search for weak candidates asks for."""
    text = day.isoformat().replace("-", "")
    spellings = {text[:p] + digit + text[p + 1 :] for p in range(8) for digit in "0123456789"}
    spellings |= {text[:p] + text[p + 1] + text[p] + text[p + 2 :] for p in range(7)}
    found = []
    for spelling in spellings - {text}:
        try:
            found.append(dt.date(int(spelling[:4]), int(spelling[4:6]), int(spelling[6:])))
        except ValueError:
            continue
    return sorted(found)
