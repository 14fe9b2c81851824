"""Options as they stand in a cell: shown as “1 控制满意”, read as code, as label, or as both."""

from gongwei.interfaces.excel import cells
from gongwei.interfaces.excel.cells import Raw
from gongwei.language import types


def shown(option: types.Option) -> str:
    """An option in a cell: 1 控制满意."""
    return f"{option.code} {option.label}"


def option_of(options: types.Options, raw: Raw, label: str) -> str | None:
    """The code meant by code, label or “code label” (1 有, 1.有, 1、有, (1)有); None when no option is.

    A leading zero Excel dropped is put back, one that was added is taken off.
    """
    text = cells.narrow(raw, label)
    known = _spellings(options)
    return known.get(text) or known.get(text.replace(" ", ""))


_known_spellings: dict[int, tuple[types.Options, dict[str, str]]] = {}


def _spellings(options: types.Options) -> dict[str, str]:
    kept = _known_spellings.get(id(options))
    if kept is None or kept[0] is not options:
        found: dict[str, str] = {}
        numbers = [str(int(each.code)) for each in options.items if each.code.isdigit()]
        for each in options.items:
            narrowed = cells.narrow(each.label, "")
            spaced = (
                each.code,
                narrowed,
                f"{each.code} {narrowed}",
                f"{each.code}.{narrowed}",
                f"{each.code}、{narrowed}",
                f"{each.code}:{narrowed}",
                f"{each.code}-{narrowed}",
                f"{each.code}){narrowed}",
                f"({each.code}){narrowed}",
                f"{narrowed}({each.code})",
            )
            for spelling in (*spaced, *(each.replace(" ", "") for each in spaced)):
                found.setdefault(cells.narrow(spelling, ""), each.code)
        # Codes and labels as they stand come first; only then what Excel and databases make of 1 and 01.
        for each in options.items:
            if each.code.isdigit() and numbers.count(str(int(each.code))) == 1:
                short = str(int(each.code))
                for spelling in (short, f"0{short}", f"{short}.0"):
                    found.setdefault(spelling, each.code)
        _known_spellings[id(options)] = kept = (options, found)
    return kept[1]
