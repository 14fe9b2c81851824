"""The glossary's banned words, looked for in the identifiers of the source and in the names of its files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Names that are not ours to choose: of Django, of libraries, and of FHIR inside its own interface.
FOREIGN = frozenset({"manager", "managers", "Manager", "BaseUserManager", "UserManager", "use_in_migrations"})
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def banned(glossary: Path) -> frozenset[str]:
    """The first column of the table under ``## Banned words``. Raises ValueError when there is no such table."""
    _, _, rest = glossary.read_text(encoding="utf-8").partition("## Banned words")
    section = rest.split("\n## ", 1)[0]
    cells = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    words = frozenset(cell for cell in cells[2:] if cell)
    if not words:
        raise ValueError(f"{glossary} has no table of banned words")
    return words


def violations(folder: Path, words: frozenset[str]) -> list[str]:
    """``file:line: identifier`` for every identifier or file name that contains a banned word, singular or plural."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        shown = path.relative_to(folder)
        names = [(0, part) for part in (*shown.parts[:-1], shown.stem)]
        names += _introduced(ast.parse(path.read_text(encoding="utf-8")))
        for line, name in names:
            parts = {part.lower() for part in _WORD.findall(name)}
            if name not in FOREIGN and parts & {form for word in words for form in (word, f"{word}s")}:
                found.append(f"{shown}:{line}: {name}")
    return found


def _introduced(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names a module makes itself; names it merely uses belong to others."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str() as name):
                yield node.lineno, name
