"""Money at the surface: inside it is a whole number of fen (`int`), and only here it is read or written as yuan. Never a float.

yuan(23700000) == "237,000.00"; fen("237,000.00") == 23700000; capitals(23700000) == "贰拾叁万柒仟元整".
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from gongwei.base.problems import Refused

#: Fen in a yuan, and in ten thousand yuan (万元).
YUAN, WAN = 100, 1_000_000
#: The greatest amount that is read or written in capitals: below one million million yuan.
MOST = 10**14 - 1

_WRITTEN = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?(万元|万|元)?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def yuan(amount_fen: int) -> str:
    """An amount as Chinese accounts write it: yuan, two decimals, a comma at every third digit.

    Raises:
        TypeError: no whole number of fen.
    """
    _whole(amount_fen)
    whole, rest = divmod(abs(amount_fen), YUAN)
    return f"{'-' if amount_fen < 0 else ''}{whole:,}.{rest:02d}"


def yuan_decimal(amount_fen: int) -> Decimal:
    """An amount in yuan as an exact decimal of two places, for spreadsheets.

    Raises:
        TypeError: no whole number of fen.
    """
    _whole(amount_fen)
    return Decimal(amount_fen).scaleb(-2)


def fen(text: str) -> int:
    """Read an amount of yuan (237000, 237,000.00, 237 000.00, ￥237,000.00元, 23.7万元) as fen.

    Full-width digits and signs are taken for what they mean. Refused (gongwei.base.problems): not an amount, more than two
    decimals, a comma that does not part thousands, or too great.

    Raises:
        TypeError: anything but text; a float has already lost its fen.
    """
    if not isinstance(text, str):
        raise TypeError(f"an amount is read from text, not from {type(text).__name__}")
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).removeprefix("¥")
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        raise Refused("请填写金额，如237,000.00。", code="amount")
    sign, whole, decimals, unit = found[1], found[2].replace(",", ""), found[3] or "", found[4] or ""
    places = 6 if unit.startswith("万") else 2
    if len(decimals.rstrip("0") if unit.startswith("万") else decimals) > places:
        raise Refused("金额最多到分，即两位小数。", code="decimals")
    amount = int(whole) * 10**places + int(decimals[:places].ljust(places, "0"))
    if amount > MOST:
        raise Refused("金额过大，请核对。", code="too_great")
    return -amount if sign == "-" else amount


def capitals(amount_fen: int) -> str:
    """An amount in the capital figures of vouchers (大写金额): 贰拾叁万柒仟元整, 壹拾万零柒仟元伍角叁分.

    Ends in 整 when there are no fen; a nought is read where places are skipped.

    Raises:
        TypeError: no whole number of fen.
        ValueError: too great to be written.
    """
    _whole(amount_fen)
    if abs(amount_fen) > MOST:
        raise ValueError(f"{amount_fen} fen is more than can be written")
    whole, rest = divmod(abs(amount_fen), YUAN)
    tens, ones = divmod(rest, 10)
    written = "负" if amount_fen < 0 else ""
    if whole:
        written += _integer(whole) + "元"
    elif not rest:
        written += "零元"
    if tens:
        written += _DIGITS[tens] + "角"
    elif ones and whole:
        written += "零"
    return written + (_DIGITS[ones] + "分" if ones else "整")


def _integer(number: int) -> str:
    """A positive whole number in capitals, by groups of four digits."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = True
            continue
        if text and (gap or group < 1000 or groups[place + 1] % 10 == 0):
            text += "零"
        text += _group(group) + _GROUPS[place]
        gap = False
    return text


def _group(group: int) -> str:
    """One to 9999 in capitals; noughts inside are read once, those at the end not at all."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return text


def _whole(amount_fen: int) -> None:
    if isinstance(amount_fen, bool) or not isinstance(amount_fen, int):
        raise TypeError(f"money is a whole number of fen, not {type(amount_fen).__name__}")
