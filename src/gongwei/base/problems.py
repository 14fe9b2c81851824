"""What an operation says when it cannot do what was asked. Pages show it; nobody ever sees a stack trace."""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """A fault a person can read. `message` is Chinese and complete; it never holds another person's data."""

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        code: str | None = None,
        hint: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code
        self.hint = hint
        self.details = dict(details or {})

    def __str__(self) -> str:
        return self.message


class Refused(Problem):
    """Input that is not accepted: the one exception operations raise for it.

    `field` names the form field to show it beside, `code` is stable for programs and tests, `hint` says what to
    do instead, `details` carries plain values for the page (candidates, the other clerk's version ...).
    """


class Several(Refused):
    """Several refusals at once, so that a form shows all its errors and not only the first."""

    def __init__(self, problems: list[Refused]) -> None:
        if not problems:
            raise ValueError("Several needs at least one problem")
        super().__init__("；".join(problem.message for problem in problems), code="several")
        self.problems = problems
