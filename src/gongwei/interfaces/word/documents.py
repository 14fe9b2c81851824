"""A Word document in Chinese: fonts, headings, tables. Nothing about what stands in it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Official documents are set in these; every Chinese office has them.
BODY, HEADING, LATIN = "仿宋", "黑体", "Times New Roman"
RED, YELLOW, GREEN = RGBColor(0xA3, 0x27, 0x1A), RGBColor(0x8A, 0x53, 0x00), RGBColor(0x0B, 0x6B, 0x45)

#: A cell: its text, or the text with a colour.
Cell = str | tuple[str, RGBColor | None]


class Report:
    """A document on A4, written from top to bottom."""

    def __init__(self, title: str, below: str = "") -> None:
        self._document = Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.4)
        section.top_margin = section.bottom_margin = Cm(2.4)
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = LATIN, Pt(12)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
        self._document.core_properties.title = title
        self._document.core_properties.author = "公卫"
        self._line(title, size=20, font=HEADING, centred=True)
        if below:
            self._line(below, size=11, centred=True)

    def heading(self, text: str) -> None:
        """A heading of the first level, known to Word as one."""
        paragraph = self._document.add_heading(level=1)
        self._run(paragraph, text, size=15, font=HEADING)

    def text(self, text: str, *, size: float = 12) -> None:
        """A paragraph, its first line set in by two characters."""
        paragraph = self._line(text, size=size)
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
        paragraph.paragraph_format.line_spacing = 1.4

    def small(self, text: str) -> None:
        """A line in small print: digests, sources."""
        self._line(text, size=9)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[float]) -> None:
        """A table with a head that is repeated on each page; widths in centimetres."""
        table = self._document.add_table(rows=1, cols=len(head))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        for cell, text in zip(table.rows[0].cells, head, strict=True):
            self._cell(cell, text, font=HEADING)
        properties = table.rows[0]._tr.get_or_add_trPr()
        properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
        for row in rows:
            for cell, said in zip(table.add_row().cells, row, strict=True):
                text, colour = said if isinstance(said, tuple) else (said, None)
                self._cell(cell, text, colour=colour)
        for line in table.rows:
            for cell, width in zip(line.cells, widths, strict=True):
                cell.width = Cm(width)
        self._document.add_paragraph().paragraph_format.space_after = Pt(0)

    def content(self) -> bytes:
        """The file."""
        file = io.BytesIO()
        self._document.save(file)
        return file.getvalue()

    def _cell(self, cell: object, text: str, *, font: str = BODY, colour: RGBColor | None = None) -> None:
        paragraph = cell.paragraphs[0]  # type: ignore[attr-defined]
        paragraph.paragraph_format.space_after = Pt(0)
        self._run(paragraph, text, size=10, font=font, colour=colour)

    def _line(self, text: str, *, size: float, font: str = BODY, centred: bool = False):  # type: ignore[no-untyped-def]
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(paragraph, text, size=size, font=font)
        return paragraph

    @staticmethod
    def _run(paragraph, text: str, *, size: float, font: str, colour: RGBColor | None = None) -> None:  # type: ignore[no-untyped-def]
        run = paragraph.add_run(text)
        run.font.size, run.font.name = Pt(size), LATIN
        run.font.color.rgb = colour or RGBColor(0, 0, 0)
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
