"""What a package holds: every sheet of every file, one *source* each, read lazily, a row at a time.

    with sources.opened(path) as package:
        for source in package:
            if source.problem: ...                       # the file cannot be read: Refused, in words
            said = sources.told(source, package.mapping) # Told | NeedsMapping | Skipped
            for row in source.rows(said.plan): ...       # RawRow; `source.aside` says what is no row, when read to the end

A package is a folder, a zip or a single file (.xlsx, .xls, .csv). Nothing is dropped in silence: a file that is no data is
named in `package.notes`, a row that is no row (合计, a repeated heading) in `source.aside`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import (
    cells,
    files,
    folders,
    headings,
    layouts,
    mapping_files,
    open_books,
    reading,
)
from gongwei.interfaces.excel.cells import Raw
from gongwei.interfaces.excel.folders import Entry, Folder
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.mapping_files import Mapping
from gongwei.interfaces.excel.reading import Aside, RawRow, Table

TEMPLATE, MAPPING, NAME, HEADINGS = "template", "mapping", "name", "headings"
#: How people call the kinds besides their titles.
_ALIASES = {
    "区划": layouts.AREAS,
    "机构信息": layouts.ORGANIZATIONS,
    "人员": layouts.PRACTITIONERS,
    "医务人员": layouts.PRACTITIONERS,
    "居民": layouts.RESIDENTS,
    "居民档案": layouts.RESIDENTS,
    "家庭": layouts.HOUSEHOLDS,
    "管理专案": layouts.EPISODES,
}
_REST = re.compile(r"[\s_\-—－.0-9０-９(（［\[].*", re.DOTALL)


@dataclass
class Source:
    """One sheet. `path` inside the package with "/" between its parts; `place` counts the sheets of the file from 0."""

    path: str
    sheet: str
    place: int
    problem: Refused | None = None
    encoding: str = ""
    notes: list[str] = field(default_factory=list)
    aside: Aside = field(default_factory=Aside)
    #: Whether the file has no other sheet that holds anything.
    alone: bool = True
    open: Callable[[], Table] | None = None

    @property
    def title(self) -> str:
        """How messages name it: the path, with the sheet where a file has several."""
        return self.path if self.alone or not self.sheet else f"{self.path}“{self.sheet}”"

    def table(self) -> Table:
        """The opened sheet. Raises the problem of a file that cannot be read."""
        if self.problem is not None or self.open is None:
            raise self.problem or files.damaged()
        return self.open()

    def head(self, count: int = reading.HEAD_ROWS) -> list[list[Raw]]:
        """The first rows, merged cells filled: enough to find the heading."""
        return self.table().head(count)

    def rows(self, plan: Plan) -> Iterator[RawRow]:
        """The rows of data below the heading; can be asked again, `aside` then begins anew."""
        self.aside = Aside()
        yield from reading.data_rows(self.table(), plan, self.aside)


@dataclass(frozen=True)
class Told:
    """The kind of a source and how it is read. `how`: TEMPLATE, MAPPING, NAME or HEADINGS.

    `options`: by identifier, their value → our code, as `parsing.Parser` takes it.
    """

    kind: str
    plan: Plan
    how: str
    options: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A source the mapping file leaves out knowingly, or one that holds nothing."""

    reason: str


@dataclass(frozen=True)
class NeedsMapping:
    """A source nobody can tell. `proposal` is what to write into the mapping file (see `proposed`)."""

    message: str
    hint: str
    proposal: dict[str, Any]


class Package:
    """An opened package: its sources, its mapping file if it holds one, and what was left aside."""

    def __init__(self, folder: Folder, mapping: Mapping | None) -> None:
        self._folder, self._large = folder, open_books.LargeBook()
        self.notes: list[str] = list(folder.notes)
        self.mapping = mapping or self._own_mapping()

    def close(self) -> None:
        """Close what is open of it."""
        self._large.close()

    def _own_mapping(self) -> Mapping | None:
        found = [each for each in self._folder.entries if each.outermost and each.name in mapping_files.NAMES]
        if len(found) > 1:
            raise Refused(
                f"数据包里有{len(found)}个对应文件：{'、'.join(each.path for each in found)}。",
                field="mapping",
                code="mapping_file",
                hint="请只留一个。",
            )
        return mapping_files.read(found[0].content(mapping_files.MOST_BYTES + 1)) if found else None

    def __iter__(self) -> Iterator[Source]:
        """The sources, sorted by path and place: always the same order."""
        for entry in self._folder.entries:
            if not (entry.outermost and entry.name in mapping_files.NAMES):
                yield from _sources(entry, self._large)

    def of(self, path: str) -> Iterator[Source]:
        """The sources of one file, opened anew; the others stay closed."""
        for entry in self._folder.entries:
            if entry.path == path:
                yield from _sources(entry, self._large)


def _sources(entry: Entry, large: open_books.LargeBook) -> Iterator[Source]:
    if entry.problem is not None:
        yield Source(entry.path, "", 0, entry.problem)
        return
    try:
        kind = files.kind_of(entry.head())
        if kind == files.TEXT:
            entry.proof = entry.proof or reading.delimited.prove(entry.open)
            table = reading.TextTable(entry.open, entry.proof)
            yield Source(entry.path, entry.stem, 0, encoding=table.encoding, open=lambda: table)
            return
        most = files.MOST_PACKAGED if kind == files.XLSX else files.MOST_BYTES
        if entry.size > most:
            raise files.too_large(most)
        if kind == files.XLSX and (book := large.book(entry)) is not None:
            yield from _of_book(entry, book.sheets, lambda sheet: large.table(entry, sheet))
            return
        content = entry.content(files.MOST_BYTES + 1)
        found = files.examine(content)
    except Refused as refused:
        yield Source(entry.path, "", 0, refused)
        return
    yield from _of_book(entry, found, open_books.Book(content).table)


def _of_book(
    entry: Entry, found: Sequence[files.Sheet], table: Callable[[files.Sheet], Table]
) -> Iterator[Source]:
    sheets = [each for each in found if each.visible and not headings.is_ours_to_skip(each.name)]
    if not sheets:
        yield Source(entry.path, "", 0, _no_sheet())
        return
    for sheet in sheets:
        yield Source(
            entry.path,
            sheet.name,
            sheet.place,
            alone=len(sheets) == 1,
            open=lambda sheet=sheet: table(sheet),
        )


def _no_sheet() -> Refused:
    return Refused("没有可见的工作表。", field="file", code="no_sheet", hint="请取消隐藏后再导入。")


@contextmanager
def opened(package: Path | bytes, *, name: str = "", mapping: Mapping | None = None) -> Iterator[Package]:
    """Open a folder, a zip or a single file (called `name` when it comes as bytes).

    `mapping` goes before the one inside. Raises Refused for what is no package: a bomb, a password, paths that lead outside,
    nothing to import inside, a mapping file that cannot be read.
    """
    with folders.opened(package, name) as folder:
        found = Package(folder, mapping)
        if all(each.name in mapping_files.NAMES for each in folder.entries):
            raise Refused(
                "数据包里没有Excel或CSV文件。",
                field="file",
                code="empty",
                hint="请把要导入的文件放进同一文件夹。",
            )
        try:
            yield found
        finally:
            found.close()


def told(source: Source, mapping: Mapping | None = None) -> Told | NeedsMapping | Skipped:
    """What kind a source is: by hidden identifiers, else the mapping file, else its name, else its headings.

    Raises Refused when the sheet itself cannot be opened.
    """
    entry = mapping.entry(source.path, source.sheet) if mapping else None
    if entry is not None and entry.kind == mapping_files.SKIP:
        return Skipped(entry.reason)
    table = source.table()
    row = entry.heading_row - 1 if entry and entry.heading_row else None
    head = table.head(max(reading.HEAD_ROWS, (row or 0) + 3))
    if not any(_holds(each) for each in head):
        if not any(_holds(each) for each in table.rows(0)):
            return Skipped("工作表是空的")
        return _unknown(source, head, f"前{headings.SEARCHED_ROWS}行没有标题", "")
    mark = headings.mark_of(head)
    if mark is not None and mark[1] not in dict(layouts.every()):
        return _unknown(source, head, f"模板的种类“{mark[1]}”本系统没有", "")
    kinds = dict(layouts.every())
    kind = mark[1] if mark else (entry.kind if entry else "") or _named(source)
    if not kind:
        return _by_headings(source, head)
    layout = layouts.in_package(kind)
    plan = headings.read(
        source.sheet or "文本",
        source.place,
        head,
        layout,
        entry.columns if entry and not mark else None,
        heading_row=row,
        besides=not mark,
    )
    lacking = headings.missing(plan, layout) if plan else ["标题行"]
    if plan is None or lacking:
        return _unknown(source, head, f"作为“{kinds[kind]}”，缺少：{'、'.join(lacking)}", kind, plan)
    how = TEMPLATE if mark else MAPPING if entry and entry.kind else NAME
    options = {name: dict(values) for name, values in entry.options.items()} if entry else {}
    return Told(kind, plan, how, options)


def _holds(row: Sequence[Raw]) -> bool:
    return any(not cells.is_empty(cell) for cell in row)


def _named(source: Source) -> str:
    """The kind the name of the sheet, or else of the file, is equal to; what follows a digit, a line or a bracket is ignored."""
    for text in (source.sheet, PurePosixPath(source.path).stem):
        kind = kind_of_name(text)
        if kind:
            return kind
    return ""


def kind_of_name(text: str) -> str:
    """The kind a name says: its code or title, with anything after `_`, `-`, a digit or a bracket ignored."""
    names = {title: code for code, title in layouts.every()} | {code: code for code, _ in layouts.every()}
    wanted = text.strip()
    for name, code in sorted((names | _ALIASES).items(), key=lambda pair: -len(pair[0])):
        rest = wanted[len(name) :]
        if wanted.startswith(name) and (not rest or _REST.fullmatch(rest)):
            return code
    return ""


def _by_headings(source: Source, head: Sequence[Sequence[Raw]]) -> Told | NeedsMapping:
    """The one kind whose required columns are all there; of several the one that knows all the others know and more."""
    found: list[tuple[str, Plan, frozenset[str]]] = []
    for kind, _ in layouts.every():
        layout = layouts.in_package(kind)
        plan = headings.read(source.sheet or "文本", source.place, head, layout, None)
        if plan is not None and not headings.lacking_items(plan, layout):
            known = frozenset(f"{place}" for place, identifier in enumerate(plan.columns) if identifier)
            found.append((kind, plan, known))
    best = [each for each in found if all(each is other or each[2] > other[2] for other in found)]
    if len(best) == 1:
        return Told(best[0][0], best[0][1], HEADINGS)
    if found:
        titles = dict(layouts.every())
        several = "、".join(f"“{titles[kind]}”" for kind, _, _ in found)
        return _unknown(source, head, f"从标题看可能是{several}，不能确定", "")
    return _unknown(source, head, "不能确定是哪种表格", "")


def _unknown(
    source: Source, head: Sequence[Sequence[Raw]], message: str, kind: str, plan: Plan | None = None
) -> NeedsMapping:
    """What is said of such a source, with the entry of a mapping file a person may go on from."""
    plan = plan or _likely(head)
    said = [each for each in plan.headings if each and not headings.is_empty_word(each)]
    guessed: dict[str, str] = {}
    if not kind:
        scored = []
        for code, _ in layouts.every():
            found = headings.guess(said, layouts.in_package(code))
            scored.append((len(found), code, found))
        most = max(scored, key=lambda each: each[0])
        if most[0] >= 3:
            kind, guessed = most[1], most[2]
    else:
        guessed = headings.guess(said, layouts.in_package(kind))
    shown = {each.identifier: each.heading for each in layouts.in_package(kind).readable} if kind else {}
    proposal: dict[str, Any] = {"file": source.path}
    if not source.alone:
        proposal["sheet"] = source.sheet
    proposal["kind"] = kind or "请填写表格种类，或写skip"
    proposal["heading_row"] = plan.heading_row + 1
    proposal["columns"] = {each: shown.get(guessed.get(each, ""), "") for each in dict.fromkeys(said)}
    return NeedsMapping(
        f"{message}。",
        "请在对应文件（mapping.yaml）中写明它的种类和各列，或写skip不导入；可用 --propose-mapping 生成初稿。",
        proposal,
    )


def _likely(head: Sequence[Sequence[Raw]]) -> Plan:
    """The heading of a sheet nobody knows, of two rows where the second names parts of the first."""
    one = headings.fullest("", 0, head)
    number = one.heading_row
    for start in (number - 1, number):
        if 0 <= start < len(head) - 1:
            texts = [text for text, _ in headings.titled(head, start, 2)]
            below = [each for each in head[start + 1] if isinstance(each, str) and each.strip()]
            above = [each for each in head[start] if isinstance(each, str) and each.strip()]
            parted = sum("/" in each for each in texts)
            if parted >= 2 and len(set(above)) < len(above) and len(below) == sum(map(bool, texts)):
                return Plan("", 0, start + 1, start + 2, [""] * len(texts), texts, False)
    return one


def proposed(unknown: Sequence[NeedsMapping]) -> str:
    """The mapping file that would tell some sources, to be looked through by a person (`--propose-mapping`)."""
    return mapping_files.written([each.proposal for each in unknown])
