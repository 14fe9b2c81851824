"""GB 32100-2015: check character (code_tables.md §10). The codes are of public bodies, as printed on their sites."""

import pytest

from gongwei.base import problems
from gongwei.places import credit_code


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110108551385082Q", "91440300708461136T"])
def test_known_codes(code):
    assert credit_code.parse(code) == code


def test_normalised():
    assert credit_code.parse(" 91350100m000100y４３ ") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("91350100M000100Y44", "校验位"),
        ("91350100M000100Y4", "18 位"),
        ("91350100I000100Y43", "I"),
        ("９１350100M000100Y53", "校验位"),
    ],
)
def test_bad_codes_say_why(code, part):
    with pytest.raises(problems.Refused, match=part):
        credit_code.parse(code)


def test_every_single_wrong_digit_is_found():
    good = "91350100M000100Y43"
    for place, character in enumerate(good):
        for other in credit_code.ALPHABET:
            if other != character:
                with pytest.raises(problems.Refused):
                    credit_code.parse(good[:place] + other + good[place + 1 :])
    assert credit_code.parse(good)
