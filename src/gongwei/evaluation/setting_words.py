"""The settings of an item as people write them in a cell: `目标=64；按进度=是`, `100=2；80=1`, `空项=1；电话错误=5`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongwei.evaluation import trees

_OPS = {"≥": ">=", "＞": ">", "≤": "<=", "＝": "="}
_YES = {"是": True, "否": False}
#: Words of single settings by method.
_WORDS: dict[str, dict[str, str]] = {
    trees.RATIO: {"目标": "target", "比较": "op", "按进度": "progress"},
    trees.PER_N: {
        "目标": "target",
        "每差": "step",
        "扣": "minus",
        "最多": "most",
        "不足也扣": "begun",
        "可为负": "allow_negative",
        "按进度": "progress",
    },
    trees.BONUS: {"每项": "per", "最多": "most"},
    trees.DEDUCT: {"可为负": "allow_negative"},
}
_TRUTHS = ("progress", "begun", "allow_negative")
EXAMPLES = {
    trees.RATIO: "目标=64",
    trees.BANDS: "100=2；80=1（不低于多少得几分，从高到低）",
    trees.DEDUCT: "空项=1；电话错误=5",
    trees.PER_N: "目标=95；每差=2；扣=0.5；最多=5",
    trees.RANK: "1=5；3=4（第几名以内得几分）",
    trees.BONUS: "每项=0.2；最多=2",
}


def written(method: str, settings: Mapping[str, Any]) -> str:
    """Settings as a cell shows them."""
    if method in (trees.BANDS, trees.RANK):
        rows = settings.get("bands" if method == trees.BANDS else "places", ())
        return "；".join(f"{limit}={points}" for limit, points in rows)
    said = [f"{kind}={points}" for kind, points in settings.get("units", {}).items()]
    for word, name in _WORDS.get(method, {}).items():
        if name in settings:
            said.append(f"{word}={_word(settings[name])}")
    return "；".join(said)


def read(method: str, text: str) -> dict[str, Any]:
    """Settings from what a cell holds.

    Raises:
        ValueError: a part that is not `名称=值`, or a name the method does not know.
    """
    pairs = [_pair(part) for part in text.replace(";", "；").split("；") if part.strip()]
    if method in (trees.BANDS, trees.RANK):
        name = "bands" if method == trees.BANDS else "places"
        return {name: [[limit, points] for limit, points in pairs]} if pairs else {}
    known = _WORDS.get(method, {})
    settings: dict[str, Any] = {}
    for word, value in pairs:
        if word in known:
            settings[known[word]] = _value(known[word], value)
        elif method == trees.DEDUCT:
            settings.setdefault("units", {})[word] = value
        else:
            raise ValueError(f"计分参数“{word}”不能识别")
    return settings


def _pair(part: str) -> tuple[str, str]:
    word, sign, value = part.replace("＝", "=", 1).partition("=")
    if not sign or not word.strip() or not value.strip():
        raise ValueError(f"计分参数“{part.strip()}”应写成“名称=值”")
    return word.strip(), value.strip()


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return next((word for word, op in _OPS.items() if op == value), str(value))


def _value(name: str, text: str) -> Any:
    if name in _TRUTHS:
        if text not in _YES:
            raise ValueError(f"“{text}”应为是或否")
        return _YES[text]
    return _OPS.get(text, text)
