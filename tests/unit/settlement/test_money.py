"""Money read and written: yuan only at the surface, fen inside, never a float."""

from decimal import Decimal

import pytest

from gongwei.base.problems import Refused
from gongwei.settlement import money


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (23700000, "237,000.00"),
        (834660000, "8,346,600.00"),
        (10370362800, "103,703,628.00"),
        (-1802800, "-18,028.00"),
    ],
)
def test_written_and_read_again(amount: int, text: str) -> None:
    assert money.yuan(amount) == text
    assert money.fen(text) == amount
    assert money.yuan_decimal(amount) == Decimal(text.replace(",", ""))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("237000", 23700000),
        ("237 000.00", 23700000),
        ("237000.5", 23700050),
        ("￥237,000.00元", 23700000),
        ("２３７，０００．００", 23700000),
        ("23.7万元", 23700000),
        ("23.7万", 23700000),
        ("834.66万元", 834660000),
        ("106.83648万元", 106836480),
        ("106.8364800万元", 106836480),
        ("0", 0),
    ],
)
def test_read(text: str, amount: int) -> None:
    assert money.fen(text) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("592499.995", "decimals"),
        ("1.000", "decimals"),
        ("1.2345678万元", "decimals"),
        ("1,00.00", "amount"),
        ("1e5", "amount"),
        ("", "amount"),
        ("贰拾万", "amount"),
        ("12元5角", "amount"),
        ("nan", "amount"),
        ("٣", "amount"),
        ("1000000000000", "too_great"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        money.fen(text)
    assert caught.value.code == code


@pytest.mark.parametrize("wrong", [1.0, 237000.0, True, Decimal("1.00"), "1"])
def test_only_whole_fen(wrong: object) -> None:
    """Money is never a float (evaluation_and_funds.md §14.10)."""
    with pytest.raises(TypeError):
        money.yuan(wrong)  # type: ignore[arg-type]
    if not isinstance(wrong, str):
        with pytest.raises(TypeError):
            money.fen(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("237000", "贰拾叁万柒仟元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("8346600", "捌佰叁拾肆万陆仟陆佰元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010001", "壹亿零壹万零壹元整"),
        ("10000", "壹万元整"),
        ("10010", "壹万零壹拾元整"),
        ("0.05", "伍分"),
        ("0.5", "伍角整"),
        ("0", "零元整"),
        ("-30", "负叁拾元整"),
    ],
)
def test_capitals(text: str, written: str) -> None:
    assert money.capitals(money.fen(text)) == written


def test_capitals_have_an_end() -> None:
    with pytest.raises(ValueError, match="more than"):
        money.capitals(money.MOST + 1)
