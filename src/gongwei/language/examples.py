"""Worked examples: tables in Markdown that a public-health official can write and every engine must satisfy.

    ## 首次不满意调整用药，再次不满意转诊
    居民：64岁，女
    | 随访日期   | 收缩压 | → 分类               | → 下次随访 |
    |------------|--------|----------------------|------------|
    | 2025-03-10 | 152    | 首次不满意，调整用药 | 2025-03-24 |

Lines `名：值` between heading and table are settings. Columns after `→` are what must come out; an empty cell there says
nothing, `—` says that nothing must come out; `\\|` is a bar within a cell. Reading the cells is left to who knows the form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gongwei.language.errors import DefinitionError

NOTHING = "—"
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class ExampleRow:
    """One line of the table: given and expected cells by column title (stripped; empty ones left out)."""

    line: int
    given: dict[str, str]
    expected: dict[str, str]


@dataclass(frozen=True)
class Example:
    """One heading with its settings and its table."""

    title: str
    line: int
    settings: dict[str, str]
    given_columns: tuple[str, ...]
    expected_columns: tuple[str, ...]
    rows: tuple[ExampleRow, ...]


def parse(text: str, name: str = "examples") -> tuple[Example, ...]:
    """The examples of a Markdown text, in order. Headings without a table are prose.

    Raises:
        DefinitionError: a row with another number of cells than the heading row, or a table without `→`; names the line.
    """
    found: list[Example] = []
    title, title_line, settings = "", 0, dict[str, str]()
    columns: list[str] | None = None
    rows: list[ExampleRow] = []

    def close() -> None:
        nonlocal columns, rows
        if columns is not None:
            given = tuple(c for c in columns if not c.startswith("→"))
            expected = tuple(c[1:].strip() for c in columns if c.startswith("→"))
            found.append(Example(title, title_line, dict(settings), given, expected, tuple(rows)))
        columns, rows = None, []

    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#"):
            close()
            title, title_line, settings = line.lstrip("#").strip(), number, {}
        elif line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in _BAR.split(line.strip("|"))]
            if columns is None:
                columns = cells
                if not any(cell.startswith("→") for cell in cells):
                    raise DefinitionError(
                        f"{name}:{number}: no column begins with →; nothing would be checked"
                    )
            elif all(set(cell) <= set("-: ") and cell for cell in cells):
                continue
            elif len(cells) != len(columns):
                raise DefinitionError(f"{name}:{number}: {len(cells)} cells under {len(columns)} headings")
            else:
                pairs = [(c, v) for c, v in zip(columns, cells, strict=True) if v]
                rows.append(
                    ExampleRow(
                        number,
                        {c: v for c, v in pairs if not c.startswith("→")},
                        {c[1:].strip(): v for c, v in pairs if c.startswith("→")},
                    )
                )
        else:
            close()
            if "：" in line and title:
                key, _, value = line.partition("：")
                settings[key.strip()] = value.strip()
    close()
    return tuple(found)
