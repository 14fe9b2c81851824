"""Sheets described as data, set by typst: PDF for people, PNG for those who check how it looks."""

import json
import threading
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

Sheet = dict[str, Any]

#: Compilers are not shared between threads; each keeps what it has set before, so a second form takes less time.
_mine = threading.local()


@cache
def _fonts() -> Any:
    """The two Chinese fonts, read once. Fonts of the machine are left out: a form looks the same everywhere."""
    import typst  # here: one page of many prints, and every process of pages would wait for the import

    folder = str(resources.files("pylopdf_fonts_zh_cn"))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _compiler() -> Any:
    import typst

    found = getattr(_mine, "compiler", None)
    if found is None:
        source = Path(str(resources.files("gongwei.interfaces.print") / "paper.typ"))
        found = _mine.compiler = typst.Compiler(
            input=str(source), root=str(source.parent), font_paths=_fonts(), ignore_system_fonts=True
        )
    return found


def pdf(title: str, sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as one PDF, fonts embedded. Words of people are data for the typesetter, never markup."""
    return bytes(_compiler().compile(sys_inputs=_inputs(title, sheets), format="pdf", pdf_tags=False))


def png(title: str, sheets: Sequence[Sheet], dots_per_inch: int = 100) -> list[bytes]:
    """Return the pages as images."""
    made = _compiler().compile(sys_inputs=_inputs(title, sheets), format="png", ppi=dots_per_inch)
    return [made] if isinstance(made, bytes) else list(made)


def _inputs(title: str, sheets: Sequence[Sheet]) -> dict[str, str]:
    return {"data": json.dumps({"title": title, "sheets": list(sheets)}, ensure_ascii=False)}
