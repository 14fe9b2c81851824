"""Parameters of a day by their codes, remembered from record to record: a batch asks for the same few on the same few days."""

from typing import Any

from gongwei.engines.subjects import ParameterLookup


class _OfDay(dict[str, Any]):
    """The parameters of a day, each asked for when it is needed and then remembered."""

    __slots__ = ("_day", "_parameters")

    def __init__(self, parameters: ParameterLookup, day: Any) -> None:
        super().__init__()
        self._parameters, self._day = parameters, day

    def __missing__(self, code: str) -> Any:
        found = self[code] = self._parameters(code, self._day)
        return found


class _Remembering:
    """See `remembering`."""

    def __init__(self, parameters: ParameterLookup) -> None:
        self._parameters = parameters
        self._days: dict[Any, _OfDay] = {}

    def __call__(self, code: str, day: Any) -> Any:
        return self.on(day)[code]

    def on(self, day: Any) -> _OfDay:
        """The parameters of a day."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = _OfDay(self._parameters, day)
        return found


def of_day(parameters: ParameterLookup, day: Any) -> _OfDay:
    """The parameters of a day by their codes."""
    return parameters.on(day) if type(parameters) is _Remembering else _OfDay(parameters, day)


def remembering(parameters: ParameterLookup) -> ParameterLookup:
    """A parameter lookup that remembers: a batch asks for the same few parameters on the same few days."""
    return _Remembering(parameters)
