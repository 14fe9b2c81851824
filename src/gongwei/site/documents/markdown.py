"""The little Markdown the chapters are written in: headings and tables whose cells cannot break the table."""

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """A value as one cell: a bar or a line break in it must not end the cell."""
    return str(text).replace("|", "\\|").replace("\n", "<br>").strip()


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; without rows a sentence that there is nothing, so that no chapter ends in a bare heading.

    Raises:
        ValueError: a row with another number of cells than there are headings.
    """
    lines = []
    for row in rows:
        if len(row) != len(headings):
            raise ValueError(f"{len(row)} cells under {len(headings)} headings: {row!r}")
        lines.append("| " + " | ".join(cell(each) for each in row) + " |")
    if not lines:
        return "（无）\n"
    head = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join([*head, *lines]) + "\n"


def page(title: str, *parts: str) -> str:
    """A whole page: its title, the note that it is generated, and its parts, a blank line between any two."""
    note = "> 本页由 `./gongwei docs` 根据系统内的定义生成，请勿手工修改。"
    return "\n\n".join(part.strip("\n") for part in (f"# {title}", note, *parts) if part) + "\n"
