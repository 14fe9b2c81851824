"""The unified social credit code (统一社会信用代码, GB 32100-2015). Pure."""

import unicodedata

from gongwei.base import problems

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I O S V Z
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_character(first_seventeen: str) -> str:
    """The 18th character: (31 − Σ value·3^(i−1) mod 31) mod 31. Raises KeyError for a foreign character."""
    total = sum(
        _VALUES[character] * weight for character, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return ALPHABET[-total % 31]


def parse(text: str, *, field: str = "credit_code") -> str:
    """Normalise (upper case, half width) and check a code. Raises problems.Refused with the reason."""
    code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if len(code) != 18:
        raise _refused(f"统一社会信用代码应为 18 位，现为 {len(code)} 位。", field)
    foreign = sorted(set(code) - set(ALPHABET))
    if foreign:
        raise _refused(f"统一社会信用代码不使用字符 {'、'.join(foreign)}。", field)
    if check_character(code[:17]) != code[17]:
        raise _refused("统一社会信用代码校验位不符，请核对是否输错。", field)
    return code


def _refused(message: str, field: str) -> problems.Refused:
    return problems.Refused(message, field=field, code="credit_code")
