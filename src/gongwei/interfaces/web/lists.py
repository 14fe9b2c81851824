"""Lists that are short enough to be numbered page by page (accounts, jobs ...); residents have their own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest


@dataclass(frozen=True)
class NumberedPage:
    """One page of a short list."""

    rows: Sequence[Any]
    number: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.pages else None


def numbered(request: HttpRequest, rows: Any, *, size: int) -> NumberedPage:
    """The page the address asks for (`?page=`); nonsense is the first, too large is the last."""
    paginator = Paginator(rows, size)
    page = paginator.get_page(request.GET.get("page"))
    return NumberedPage(list(page.object_list), page.number, paginator.num_pages, paginator.count)
