"""Reading a printed form back: the words in the PDF without spaces, line breaks and invisible joiners."""

import io
import re

import pypdf
import pypdf.generic


def pages(content: bytes) -> list[str]:
    """The words on each page, everything invisible taken out."""
    return [bare(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def words(content: bytes) -> str:
    """The words of the whole document."""
    return "".join(pages(content))


def bare(text: str) -> str:
    """A text without spaces (ideographic ones too), line breaks, and word joiners."""
    return re.sub(r"[\s\u3000\u2060\u00a0]", "", text)


def fonts(content: bytes) -> dict[str, bool]:
    """The fonts of a document by name, and whether each is embedded."""
    found = {}
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            found[str(inner["/BaseFont"])] = any(
                key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
            )
    return found
