"""Whom a row is about when that person is filed by the same package: found before anything is written.

Each staged row of 建档 is kept under digests of what others call the person by: the (old) record number, the document, and name
with birth date and village. Digests are keyed; nothing of a person stands in the table in the open.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.base import copy_text, sealed
from gongwei.base.sets import any_digest, any_of
from gongwei.interfaces.excel import layouts, parsing, staging
from gongwei.interfaces.excel.models import PackagePerson, UploadRow
from gongwei.interfaces.excel.parsing import Line, Parser
from gongwei.residents import identity, typed_text

TABLE, PURPOSE = "excel_packageperson", "package.person"
_NUMBER, _DOCUMENT, _PERSON, _NAME = "no", "id", "who", "name"
#: What `parsing.identify` says of somebody who is not on file (yet), or by a number that is somebody else's here.
_UNKNOWN = frozenset({"resident_not_found", "other_name"})
_SEVERAL = "several_people"


class _Keys:
    """The keyed digests of one portion: the key and the package are looked at once."""

    def __init__(self, package_id: UUID) -> None:
        self._package, self._blind = str(package_id), sealed.blinder()

    def __call__(self, kind: str, *said: object) -> bytes:
        return self._blind(PURPOSE, f"{self._package}|{kind}|{'|'.join(map(str, said))}")


def _name(text: str) -> str:
    try:
        return typed_text.person_name(text)
    except typed_text.BadText:
        return text


def _document(text: str | None, on: dt.date) -> str | None:
    if not text or "*" in text:
        return None
    try:
        return parsing._document(text, on)
    except typed_text.BadText:
        return None


def _birth_date(values: Mapping[str, Any], prefix: str, document: str | None, on: dt.date) -> str | None:
    said = values.get(f"{prefix}birth_date")
    if said:
        return said.isoformat() if isinstance(said, dt.date) else str(said)
    try:
        return identity.parse_id_number(document, on=on).birth_date.isoformat() if document else None
    except typed_text.BadText:
        return None


def remember(package_id: UUID, lines: Sequence[Line], on: dt.date) -> None:
    """Keep by what the residents of staged rows will be called; a row about somebody on file stands for that person."""
    rows, digest = [], _Keys(package_id)
    for line in lines:
        name = line.values.get("=name")
        if not name:
            continue
        name = _name(name)
        who = line.resident_id or line.key
        name_key = digest(_NAME, name)
        for key in _keys_of(digest, line, name, on):
            rows.append(copy_text.line((package_id, key, who, name_key)))
    copy_text.copy(TABLE, ("package_id", "key", "row", "name"), rows)


def _keys_of(digest: _Keys, line: Line, name: str, on: dt.date) -> Iterable[bytes]:
    values = line.values
    number = values.get(layouts.PROFILE_RECORD_NO)
    if number:
        yield digest(_NUMBER, number)
    document = _document(values.get("=id_number"), on)
    if document:
        yield digest(_DOCUMENT, document)
    born, village = _birth_date(values, "=", document, on), values.get("=area")
    if born and village:
        yield digest(_PERSON, name, born, village)


@dataclass
class Identified:
    """Of a portion: who is only staged yet, who waits for a person, and the candidates of lines that fit several people."""

    staged: frozenset[UUID]
    waiting: frozenset[UUID]
    unsure: dict[int, list[UUID]]


def identify(package_id: UUID, parser: Parser, lines: Sequence[Line], on: dt.date) -> Identified:
    """Find the persons of lines that nobody on file answers to, among those the package files.

    Sets `resident_id` (the staged row's id will be the resident's) and takes the "not on file" back.
    """
    gone = _without_taken_back(lines)
    open_lines = [
        line
        for line in lines
        if line.resident_id is None and not line.candidates and not _hopeless(line) and _asked(line.values)
    ]
    digest = _Keys(package_id)
    asked = {line.position: list(_questions(digest, line, on)) for line in open_lines}
    found = _look_up(package_id, {key for keys in asked.values() for _, key in keys})
    unsure = {
        line.position: line.candidates for line in lines if line.candidates and line.resident_id is None
    }
    for line in open_lines:
        name = line.values.get(layouts.NAME)
        name_key = digest(_NAME, _name(name)) if name else None
        others = False
        for kind, key in asked[line.position]:
            there = found.get(key, [])
            rows = [row for row, named in there if name_key is None or named == name_key]
            others = others or bool(there)
            if not rows:
                continue
            _forget(line)
            # Two rows with one document are one person; the first is filed, the other will be found to be there.
            if len(rows) == 1 or kind == _DOCUMENT:
                line.resident_id = rows[0]
            else:
                unsure[line.position] = rows
            break
        else:
            if others:
                _says(parser, line, "姓名与包内建档的行不符", "请核对号码和姓名。", "other_name")
    for line in lines:
        if line.resident_id is None and line.position in gone and line.position not in unsure:
            line.resident_id = gone[line.position]
        if line.position in unsure:
            _several(parser, line, len(unsure[line.position]))
    states = _standing(package_id, parser, [line for line in open_lines if line.resident_id is not None])
    waiting = frozenset(key for key, state in states.items() if state == UploadRow.State.WAITING)
    return Identified(frozenset(states), waiting, unsure)


def _without_taken_back(lines: Sequence[Line]) -> dict[int, UUID]:
    """Forget the people whose file an earlier package made and took back; by position, whom a line then meant."""
    meant = {line.resident_id for line in lines if line.resident_id}
    gone = staging.taken_back(meant | {each for line in lines for each in line.candidates})
    found: dict[int, UUID] = {}
    for line in lines:
        if line.resident_id in gone:
            assert line.resident_id is not None
            found[line.position], line.resident_id = line.resident_id, None
        left = [each for each in line.candidates if each not in gone]
        if len(left) < len(line.candidates):
            line.candidates = left if len(left) > 1 else []
            line.resident_id = left[0] if len(left) == 1 else None
            _forget(line, _SEVERAL)
    return found


def _hopeless(line: Line) -> bool:
    """Whether the cells that say who it is could not be read themselves."""
    wrong = {each.rule for each in line.wrong if each.identifier in layouts.WHO}
    return bool(wrong - _UNKNOWN - {"required", _SEVERAL})


def _asked(values: Mapping[str, Any]) -> bool:
    return any(values.get(each) for each in layouts.WHO)


def _questions(digest: _Keys, line: Line, on: dt.date) -> Iterable[tuple[str, bytes]]:
    values = line.values
    document = _document(values.get(layouts.ID_NUMBER), on)
    if document:
        yield _DOCUMENT, digest(_DOCUMENT, document)
    if values.get(layouts.RECORD_NO):
        yield _NUMBER, digest(_NUMBER, values[layouts.RECORD_NO])
    born, village = _birth_date(values, "@", document, on), values.get("@area")
    if born and village and values.get(layouts.NAME):
        yield _PERSON, digest(_PERSON, _name(values[layouts.NAME]), born, village)


def _look_up(package_id: UUID, keys: set[bytes]) -> dict[bytes, list[tuple[UUID, bytes]]]:
    """By key, the rows that file such a person, each once and in their order, with the digest of the name."""
    found: dict[bytes, dict[UUID, bytes]] = defaultdict(dict)
    wanted = list(keys)
    for start in range(0, len(wanted), 5_000):
        some = PackagePerson.objects.filter(
            any_digest("key", wanted[start : start + 5_000]), package=package_id
        )
        for key, row, name in some.order_by("id").values_list("key", "row", "name"):
            found[bytes(key)].setdefault(row, bytes(name))
    return {key: list(rows.items()) for key, rows in found.items()}


def _standing(package_id: UUID, parser: Parser, lines: Sequence[Line]) -> dict[UUID, str]:
    """The states of the rows that file the persons; says so where such a row was itself refused."""
    wanted = {line.resident_id for line in lines}
    # Of this package: whoever is on file may have been filed by a row of an earlier one.
    rows = UploadRow.objects.filter(any_of("id", wanted - {None}), upload__package=package_id)
    found = {key: (state, number) for key, state, number in rows.values_list("id", "state", "number")}
    for line in lines:
        state, number = found.get(line.resident_id, ("", 0)) if line.resident_id else ("", 0)
        if state == UploadRow.State.REJECTED:
            not_filed(parser, line, number)
    return {key: state for key, (state, _) in found.items()}


def not_filed(parser: Parser, line: Line, number: int) -> None:
    """Refuse a row whose person is not on file because the package's own row was refused."""
    _says(parser, line, f"包内这位居民的建档行未通过（第{number}行）", "请先改正建档的行。", "not_filed")


def _forget(line: Line, *more: str) -> None:
    """Take back what was said before the package itself was asked."""
    line.wrong = [each for each in line.wrong if each.rule not in (*_UNKNOWN, *more)]


def _several(parser: Parser, line: Line, count: int) -> None:
    """Say, without refusing the row, that a person has to choose."""
    line.wrong = [each for each in line.wrong if each.rule not in (*_UNKNOWN, _SEVERAL)]
    where = layouts.RECORD_NO if layouts.RECORD_NO in line.values else layouts.NAME
    line.wrong.append(
        parser.wrong(
            line, where, f"有{count}位居民符合，不能确定是哪一位", "请核对是哪一位。", _SEVERAL, "warn"
        )
    )


def _says(parser: Parser, line: Line, reason: str, hint: str, rule: str) -> None:
    _forget(line)
    where = layouts.RECORD_NO if layouts.RECORD_NO in line.values else layouts.ID_NUMBER
    line.wrong.append(parser.wrong(line, where, reason, hint, rule))
