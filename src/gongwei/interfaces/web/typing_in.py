"""Django form fields that read what people type: full-width digits, several spellings of a date.

They only read. Whether a value may stand is said by the form's conditions and by the operation.
"""

import datetime as dt
import re
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DATE = re.compile(r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))")


def narrow(text: str) -> str:
    """Full-width digits and signs as half-width ones, without spaces at the ends and control characters."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(each for each in plain if unicodedata.category(each) != "Cc").strip()


def read_date(text: str) -> dt.date:
    """Read 1977-11-25, 1977.11.25, 1977/11/25, 1977年11月25日 or 19771125.

    Raises ValueError for anything else, also for days that do not exist.
    """
    found = _DATE.fullmatch(narrow(text).replace(" ", ""))
    if found is None:
        raise ValueError(text)
    year, month, day, month2, day2 = found.groups()
    return dt.date(int(year), int(month or month2), int(day or day2))


class TextField(forms.CharField):
    """Words, with control characters (but line breaks) taken out."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return "".join(each for each in text if each == "\n" or unicodedata.category(each) != "Cc")


class DigitsField(forms.CharField):
    """A number that is a name (ID, telephone, record number): full-width digits become digits, spaces go."""

    def to_python(self, value: Any) -> str:
        return re.sub(r"[\s\u3000]", "", narrow(super().to_python(value)))


class DateField(forms.Field):
    """A day, typed in any usual spelling; the page shows eight digits as a date when the box is left."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> dt.date | None:
        if value in (None, ""):
            return None
        if isinstance(value, dt.date):
            return value
        try:
            return read_date(str(value))
        except ValueError:
            raise ValidationError("请填写有效日期，如 1977-11-25 或 19771125。") from None

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, dt.date) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"inputmode": "numeric", "placeholder": "年-月-日", "data-date": "", "maxlength": "20"}


class MomentField(forms.Field):
    """A day and a time of day in Asia/Shanghai."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in (None, ""):
            return None
        if isinstance(value, dt.datetime):
            return value
        day, _, time = narrow(str(value)).replace("T", " ").partition(" ")
        try:
            return dt.datetime.combine(read_date(day), dt.time.fromisoformat(time.strip()), tzinfo=SHANGHAI)
        except ValueError:
            raise ValidationError("请填写日期和时间，如 2025-03-10 08:30。") from None

    def prepare_value(self, value: Any) -> Any:
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"placeholder": "年-月-日 时:分", "maxlength": "30"}


class NumberField(forms.DecimalField):
    """A number; full-width digits are read too. Whole numbers come out as int."""

    widget = forms.TextInput

    def __init__(self, *, decimals: int = 0, **options: Any) -> None:
        self.decimals = decimals  # asked for while the box is being made
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        try:
            number = super().to_python(narrow(str(value)) if value is not None else None)
        except ValidationError:
            raise ValidationError("请填写数字。") from None
        return number

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None or self.decimals or number != number.to_integral_value():
            return number  # a fraction where none may be is for the form to refuse, not for the box to round
        return int(number)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"inputmode": "decimal" if self.decimals else "numeric", "maxlength": "12"}


class ChoiceField(forms.ChoiceField):
    """One option; nothing chosen is None."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value) or None


class ChoicesField(forms.MultipleChoiceField):
    """Any number of options."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> frozenset[str]:
        return frozenset(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return frozenset(initial or ()) != frozenset(data or ())

    def validate(self, value: Any) -> None:
        super().validate(list(value))


class YesNoField(forms.TypedChoiceField):
    """是 or 否, or nothing yet."""

    widget = forms.RadioSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=[("1", "是"), ("0", "否")],
            coerce=lambda text: text == "1",
            empty_value=None,
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "1", False: "0"}.get(value, value) if isinstance(value, bool) else value
