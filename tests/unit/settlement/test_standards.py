"""Per-capita standards, tiers and who pays what: the tables and vectors of evaluation_and_funds.md §1 and §2."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.base.problems import Refused
from gongwei.language.errors import DefinitionError
from gongwei.settlement import money, standards

D = Decimal
HALF = standards.LocalSplit(D("0.5"), D("0.2"), D("0.3"))


@pytest.mark.parametrize(
    ("year", "yuan"),
    [
        *((2009, 15), (2011, 25), (2013, 30), (2016, 45), (2017, 50), (2018, 55), (2019, 69), (2020, 74)),
        *((2021, 79), (2022, 84), (2023, 89), (2024, 94), (2025, 99)),
    ],
)  # fmt: skip
def test_national_standard(year: int, yuan: int) -> None:
    found = standards.national(year)
    assert found is not None
    assert found.value_fen == yuan * 100
    assert found.source
    assert found.mark in {"S", "K", "?"}


def test_a_year_nobody_saw_has_no_standard() -> None:
    """2026 was not seen in the sources (§1 [?]): nothing is guessed."""
    assert standards.national(2026) is None


def test_two_pots_since_2019() -> None:
    """69 = 60 + 9 of the transferred items; Yuhua 2020 allotted 74 - 9 = 65."""
    assert [standards.national_standards()[year].transferred_fen for year in (2018, 2019, 2020)] == [
        0,
        900,
        900,
    ]
    found = standards.national(2020)
    assert found is not None
    assert found.value_fen - found.transferred_fen == 6500


@pytest.mark.parametrize(
    "years",
    [[{"year": 2020, "yuan": 74, "mark": "S", "package": "", "use": "", "source": "x"}], [{"year": 2020, "yuan": "74", "mark": "S", "package": "", "use": "", "source": "x"}] * 2],
)  # fmt: skip
def test_a_file_with_numbers_or_years_twice_is_refused(years: list[dict[str, object]]) -> None:
    with pytest.raises(DefinitionError):
        standards.read_standards({"years": years, "transferred": []})


@pytest.mark.parametrize(
    ("code", "tier", "share"),
    [
        (150200000000, 1, "0.80"),
        (500237000000, 1, "0.80"),
        (430111000000, 2, "0.60"),
        (370700000000, 3, "0.50"),
        (320722000000, 4, "0.30"),
        (210200000000, 4, "0.30"),
        (210100000000, 3, "0.50"),
        (440300000000, 4, "0.30"),
        (330203000000, 4, "0.30"),
        (110105000000, 5, "0.10"),
    ],
)
def test_tier(code: int, tier: int, share: str) -> None:
    found = standards.tier_of(code)
    assert found is not None
    assert (found.number, found.share) == (tier, D(share))


def test_every_province_stands_in_one_tier() -> None:
    listed = [code for each in standards.tiers() for code in each.areas]
    assert len(listed) == len(set(listed)) == 31 + 5
    assert [sum(1 for code in each.areas if len(code) == 2) for each in standards.tiers()] == [
        12,
        10,
        3,
        4,
        2,
    ]
    assert standards.tier_of(660101000000) is None


def parts(population: int, per_head: str, central: str, local: standards.LocalSplit = HALF) -> list[str]:
    found = standards.divide(
        population=population, per_head_fen=money.fen(per_head), central=D(central), local=local
    )
    return [money.yuan(each) for each in found.values()]


def test_yuhua_2020_third_batch() -> None:
    """92.74 万 × 9.00 = 8 346 600.00; 60 % central, 8 % province, 12.8 % city, 19.2 % district."""
    local = standards.LocalSplit(D("0.20"), D("0.32"), D("0.48"))
    assert parts(927_400, "9.00", "0.60", local) == ["5,007,960.00", "667,728.00", "1,068,364.80", "1,602,547.20"]  # fmt: skip


def test_tier_1_of_a_great_city() -> None:
    assert parts(1_234_567, "84.00", "0.80") == ["82,962,902.40", "10,370,362.80", "4,148,145.12", "6,222,217.68"]  # fmt: skip


def test_tiers_4_and_2() -> None:
    four = standards.divide(population=1_234_567, per_head_fen=9900, central=D("0.30"), local=HALF)
    assert money.yuan(sum(four.values())) == "122,222,133.00"
    assert money.yuan(four["central"]) == "36,666,639.90"
    assert money.yuan(sum(four.values()) - four["central"]) == "85,555,493.10"
    two = standards.divide(population=500_000, per_head_fen=9400, central=D("0.60"), local=HALF)
    assert [money.yuan(two["central"]), money.yuan(sum(two.values()) - two["central"])] == ["28,200,000.00", "18,800,000.00"]  # fmt: skip


@given(
    st.integers(0, 3_000_000),
    st.integers(0, 20_000),
    st.integers(0, 1000),
    st.lists(st.integers(0, 1000), min_size=2, max_size=2),
)
def test_parts_always_add_up(population: int, per_head: int, central: int, cuts: list[int]) -> None:
    low, high = sorted(cuts)
    local = standards.LocalSplit(D(low) / 1000, D(high - low) / 1000, D(1000 - high) / 1000)
    found = standards.divide(
        population=population, per_head_fen=per_head, central=D(central) / 1000, local=local
    )
    assert sum(found.values()) == population * per_head
    assert min(found.values()) >= 0


def test_central_formulas() -> None:
    """The factor turns the central part only; the extra slice comes on top (§2 [?])."""
    asked = {"population": 1000, "per_head_fen": 9900, "central": D("0.80"), "local": HALF}
    plain = standards.divide(**asked)
    turned = standards.divide(**asked, rule=standards.CentralRule(factor=D("1.0125")))
    added = standards.divide(**asked, rule=standards.CentralRule("additive", extra_fen=12_345))
    assert plain["central"] == 7_920_000
    assert (turned["central"], added["central"]) == (8_019_000, 7_932_345)
    assert all(plain[name] == turned[name] == added[name] for name in ("province", "city", "county"))


@pytest.mark.parametrize(
    ("split", "code", "said"),
    [
        (("0.5", "0.3", "0.3"), "sum", "合计110％，应为100％，相差10％"),
        (("0.5", "0.2", "0.2"), "sum", "相差10％"),
        (("1.2", "-0.2", "0"), "negative", "负数"),
    ],
)
def test_a_split_that_does_not_add_up_is_refused_with_the_reason(
    split: tuple[str, str, str], code: str, said: str
) -> None:
    with pytest.raises(Refused, match=said) as caught:
        standards.LocalSplit(*map(D, split))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong", [{"population": -1}, {"per_head_fen": -1}, {"central": D("1.1")}, {"rule": standards.CentralRule("x")}]
)  # fmt: skip
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    asked = {"population": 1, "per_head_fen": 1, "central": D("0.5"), "local": HALF}
    with pytest.raises(ValueError, match=r"negative|formula"):
        standards.divide(**(asked | wrong))  # type: ignore[arg-type]
