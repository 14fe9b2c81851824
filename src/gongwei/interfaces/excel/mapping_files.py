"""The mapping file of a package: whose sheet is what, their columns and codes in our words (YAML, written by a person).

sources:
  - file: "老系统/高血压随访*.csv"   # pattern over the path inside the package
    sheet: "Sheet1"                 # optional pattern
    kind: htn_follow_up             # or skip, with a reason
    heading_row: 3                  # optional, from 1
    columns: {"身份证": "证件号码", "收缩": "systolic", "备注": ""}   # "" is knowingly left out
    options: {"outcome": {"好": "1", "差": "2"}}
"""

import fnmatch
import unicodedata
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import headings, layouts

NAMES = ("mapping.yaml", "mapping.yml", "对应.yaml", "对应.yml")
SKIP = "skip"
MOST_BYTES = 2 * 2**20
_KEYS = {"file", "sheet", "kind", "reason", "heading_row", "columns", "options"}


@dataclass(frozen=True)
class Entry:
    """What the file says of the sources its patterns fit. `columns`: their heading → our identifier, "" = left out."""

    file: str
    sheet: str = "*"
    kind: str = ""
    reason: str = ""
    heading_row: int | None = None
    columns: AnyMapping[str, str] = field(default_factory=dict)
    options: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """A mapping file as read; `text` is kept with the package."""

    entries: tuple[Entry, ...]
    text: str

    def entry(self, path: str, sheet: str) -> Entry | None:
        """The first entry that fits a source; the folder everything lies in may be left away."""
        inside = path.partition("/")[2]
        for each in self.entries:
            if _fits(sheet, each.sheet) and (_fits(path, each.file) or (inside and _fits(inside, each.file))):
                return each
        return None


def _fits(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text.casefold(), pattern.casefold())


def read(text: str | bytes) -> Mapping:
    """Read a mapping file. Raises Refused naming the entry and what is wrong with it."""
    if len(text) > MOST_BYTES:
        raise _wrong("对应文件过大")
    if isinstance(text, bytes):
        text = _decoded(text)
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(f"对应文件第{mark.line + 1}行写法不对" if mark else "对应文件写法不对") from error
    sources = found.get("sources") if isinstance(found, dict) else None
    if not isinstance(sources, list) or set(found) != {"sources"}:
        raise _wrong("对应文件应以“sources:”开头，其下每个来源一段")
    return Mapping(tuple(_entry(number, each) for number, each in enumerate(sources, 1)), text)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong("对应文件的编码不能确认，请存为UTF-8")


def _wrong(message: str) -> Refused:
    return Refused(f"{message}。", field="mapping", code="mapping_file", hint="写法见手册“数据迁入”。")


def _entry(number: int, said: Any) -> Entry:
    where = f"对应文件第{number}段"
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said):
        raise _wrong(f"{where}写法不对")
    if unknown := set(said) - _KEYS:
        raise _wrong(f"{where}有不认识的项“{'、'.join(sorted(unknown))}”")
    file, kind = said.get("file"), said.get("kind", "")
    if not isinstance(file, str) or not file:
        raise _wrong(f"{where}缺少file（文件）")
    where += f"（{file}）"
    if kind == SKIP:
        if not str(said.get("reason") or "").strip():
            raise _wrong(f"{where}写了skip，请用reason写明不导入的原因")
        return Entry(_normal(file), _normal(said.get("sheet")), SKIP, str(said["reason"]).strip())
    if kind and kind not in dict(layouts.every()):
        raise _wrong(f"{where}的kind“{kind}”不是表格种类，可填：{'、'.join(dict(layouts.every()))}或skip")
    row = said.get("heading_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or not 1 <= row <= 1000):
        raise _wrong(f"{where}的heading_row应为标题所在的行号")
    columns, options = said.get("columns") or {}, said.get("options") or {}
    if (columns or options) and not kind:
        raise _wrong(f"{where}写了columns或options，请同时写kind")
    return Entry(
        _normal(file),
        _normal(said.get("sheet")),
        kind,
        "",
        row,
        _columns(where, kind, columns),
        _options(where, kind, options),
    )


def _normal(pattern: Any) -> str:
    return unicodedata.normalize("NFC", str(pattern)).removeprefix("./") if pattern else "*"


def _columns(where: str, kind: str, said: Any) -> dict[str, str]:
    """Their headings with our identifiers; ours may be written as heading or as identifier."""
    if not isinstance(said, dict):
        raise _wrong(f"{where}的columns应写成“原标题: 本系统的列”")
    found: dict[str, str] = {}
    for theirs, ours in said.items():
        ours = "" if ours is None else str(ours).strip()
        identifier = _identifier(kind, ours) if ours else ""
        if identifier is None:
            raise _wrong(f"{where}的“{theirs}”对应的“{ours}”不是“{layouts.in_package(kind).title}”的列")
        if identifier and identifier in found.values():
            raise _wrong(f"{where}有两列对应“{ours}”，请只留一列")
        found[str(theirs)] = identifier
    return found


def _identifier(kind: str, ours: str) -> str | None:
    layout = layouts.in_package(kind)
    known = layout.by_identifier
    if ours in known:
        return ours
    for sign in ("=", "@"):
        if f"{sign}{ours}" in known:
            return f"{sign}{ours}"
    spellings = headings.known((each.heading, each.identifier) for each in layout.readable)
    return spellings.get(headings.whole(ours)) or spellings.get(headings.plain(ours))


def _options(where: str, kind: str, said: Any) -> dict[str, dict[str, str]]:
    if not isinstance(said, dict) or not all(isinstance(each, dict) for each in said.values()):
        raise _wrong(f"{where}的options应写成“列: {{原值: 代码}}”")
    found = {}
    for ours, values in said.items():
        identifier = _identifier(kind, str(ours))
        if identifier is None:
            raise _wrong(f"{where}的options里的“{ours}”不是“{layouts.in_package(kind).title}”的列")
        found[identifier] = {
            str(theirs): "" if code is None else str(code) for theirs, code in values.items()
        }
    return found


def written(entries: list[dict[str, Any]]) -> str:
    """A mapping file as text, to be looked through by a person before it is used."""
    head = (
        "# 数据包的对应文件：请逐段核对后，以 mapping.yaml 为名放在数据包最外层，或用 --mapping 指定。\n"
        "# kind 填表格种类；不导入的写 kind: skip 并写 reason。columns 左边是原表标题，右边是本系统的列，\n"
        '# 右边留空（""）表示不导入这一列。按名称相近推测的对应须由人核对。\n'
    )
    body = yaml.safe_dump({"sources": entries}, allow_unicode=True, sort_keys=False, width=120)
    kinds = "".join(f"#   {code}  {title}\n" for code, title in layouts.every())
    return f"{head}# 表格种类：\n{kinds}{body}"
