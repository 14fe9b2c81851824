"""Lists and filled forms as workbooks."""

import io
from collections.abc import Iterable, Sequence
from typing import IO

from gongwei.interfaces.excel import sheets


def rows_workbook(
    title: str, head: Sequence[str], rows: Iterable[Sequence[sheets.Cell]], *, file: IO[bytes] | None = None
) -> bytes:
    """A list as a workbook: one sheet with a frozen head. Every list's 导出 uses it.

    Text is written as text, whatever it begins with; numbers and days keep their type. Written to `file` when one is given
    (then b"" is returned). The caller writes the audit line with the ids that leave.
    """
    target = file or io.BytesIO()
    sheet = sheets.Sheet(target, title, head)
    for row in rows:
        sheet.add(row)
    sheet.close()
    return b"" if file is not None else target.getvalue()  # type: ignore[attr-defined]
