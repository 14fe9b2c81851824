"""Identity documents: the vectors of records.md §3."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.residents import identity
from gongwei.residents.typed_text import BadText

ON = dt.date(2025, 6, 1)


@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("11010519491231002X", dt.date(1949, 12, 31), "2"),
        ("320723195603081023", dt.date(1956, 3, 8), "2"),
        ("500237197111054516", dt.date(1971, 11, 5), "1"),
        ("320202202002293016", dt.date(2020, 2, 29), "1"),
    ],
)
def test_printed_vectors(number, birth_date, sex):
    """The numbers printed in the reference give birth date and sex, without warnings."""
    read = identity.parse_id_number(number, on=ON)
    assert (read.number, read.birth_date, read.sex, read.warnings) == (number, birth_date, sex, ())


def test_over_120_is_a_warning():
    """440524188001010014 is right by checksum; its bearer would be 145."""
    read = identity.parse_id_number("440524188001010014", on=ON)
    assert (read.birth_date, read.sex) == (dt.date(1880, 1, 1), "1")
    assert "145岁" in read.warnings[0]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("150202201902290017", "id_date"),
        ("320723195603081022", "id_check_digit"),
        ("32072319560308102", "id_length"),
        ("3207231956030810233", "id_length"),
        ("32072319560308102A", "id_characters"),
        ("", "id_length"),
        ("1.10101E+17", "destroyed_by_spreadsheet"),
        ("320723195603081023.0", "destroyed_by_spreadsheet"),
        ("3207231956030810\x0023", "control_character"),
        ("110105202606019993", "id_check_digit"),
    ],
)
def test_refused(number, code):
    """Each fault has its own code and a Chinese text that names it."""
    with pytest.raises(BadText) as refused:
        identity.parse_id_number(number, on=ON)
    assert refused.value.code == code
    assert refused.value.message.endswith("。")


def test_future_birth_date():
    """A number whose date lies after the day of reading."""
    body = "11010520260601001"
    with pytest.raises(BadText) as refused:
        identity.parse_id_number(body + identity.check_character(body), on=ON)
    assert refused.value.code == "id_future"


def test_an_integer_is_no_number():
    """A spreadsheet's number is not taken, whatever it looks like."""
    with pytest.raises(BadText):
        identity.parse_id_number(320723195603081023, on=ON)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002x",
    ],
)
def test_normalised(typed):
    """Lower case, spaces, dashes and full width are the same number."""
    assert identity.parse_id_number(typed, on=ON).number == "11010519491231002X"


def test_fifteen_digits():
    """The old number is converted and kept as the original."""
    read = identity.parse_id_number("320723560308102", on=ON)
    assert (read.number, read.original) == ("320723195603081023", "320723560308102")


@pytest.mark.parametrize(
    ("id_type", "number", "birth_date", "sex"),
    [
        ("17", "810000199001010019", dt.date(1990, 1, 1), "1"),
        ("17", "830000198506150024", dt.date(1985, 6, 15), "2"),
        ("15", "ABC123456789012", None, None),
        ("03", "g12345678", None, None),
        ("02", "320723195603081022", None, None),
    ],
)
def test_other_documents(id_type, number, birth_date, sex):
    """Only kinds that carry the check are checked; a household book's number never is."""
    read = identity.parse_document(id_type, number, on=ON)
    assert (read.birth_date, read.sex, read.number) == (birth_date, sex, number.upper())


@pytest.mark.parametrize(
    ("id_type", "number"), [("17", "320723195603081023"), ("15", "810000199001010019"), ("03", "a")]
)
def test_other_documents_refused(id_type, number):
    """A wrong prefix for the kind."""
    with pytest.raises(BadText):
        identity.parse_document(id_type, number, on=ON)


@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2025, 5, 31)),
    st.integers(0, 999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(birth, sequence, place, shift):
    """ISO 7064 MOD 11-2 finds every single wrong digit."""
    body = f"320723{birth:%Y%m%d}{sequence:03d}"
    number = body + identity.check_character(body)
    if place == 17:
        wrong = number[:17] + "10X98765432"[("10X98765432".index(number[17]) + shift) % 11]
    else:
        wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert identity.parse_id_number(number, on=ON).birth_date == birth
    with pytest.raises(BadText):
        identity.parse_id_number(wrong, on=ON)


def test_temporary_numbers():
    """Somebody without a document gets a number with its own check; a changed digit is found."""
    number = identity.temporary_number("320723", dt.date(2025, 5, 20), 7)
    assert number.startswith("LS3207232025052000007")
    assert identity.is_temporary(number)
    assert not identity.is_temporary(number[:-2] + ("1" if number[-2] != "1" else "2") + number[-1])
    assert identity.parse_document("99", number, on=ON).birth_date == dt.date(2025, 5, 20)
    with pytest.raises(ValueError, match="serial"):
        identity.temporary_number("320723", dt.date(2025, 5, 20), 100_000)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (dt.date(1956, 3, 8), dt.date(2021, 3, 7), 64),
        (dt.date(1956, 3, 8), dt.date(2021, 3, 8), 65),
        (dt.date(2020, 2, 29), dt.date(2021, 2, 28), 0),
        (dt.date(2020, 2, 29), dt.date(2021, 3, 1), 1),
        (dt.date(2025, 6, 2), dt.date(2025, 6, 1), -1),
    ],
)
def test_age(birth, day, age):
    """Completed years."""
    assert identity.age_on(birth, day) == age


@pytest.mark.parametrize(
    ("number", "shown"),
    [("11010519491231002X", "110105********002X"), ("G12345678", "*****5678"), (None, "")],
)
def test_masked(number, shown):
    """First six and last four."""
    assert identity.masked(number) == shown


@given(st.text(max_size=30))
def test_anything_typed_gives_an_answer(text):
    """R12: the parser refuses in words, or accepts; it never breaks."""
    message = ""
    try:
        read = identity.parse_id_number(text, on=ON)
    except BadText as bad:
        read, message = None, bad.message
    assert (read.birth_date <= ON) if read else message.endswith("。")
