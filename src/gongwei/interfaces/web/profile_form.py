"""The boxes of a resident's profile: the cover and items 1–11 of 个人基本信息表, in one order on every page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from gongwei.base import actors
from gongwei.interfaces.web import typing_in
from gongwei.interfaces.web.presenters import places as presenter
from gongwei.places import queries as places
from gongwei.residents import codes, profile
from gongwei.residents.operations import editing as editing_rules

#: Numbers are not shown back when a file is edited: an empty box leaves them as they are.
NUMBERS = ("id_number", "phone", "contact_phone")


def _label(name: str) -> str:
    return profile.label(name)


class ProfileForm(forms.Form):
    """Reads the profile; whether it may stand is for the operation to say."""

    name = forms.CharField(label=_label("name"), max_length=50, required=False)
    id_type = forms.ChoiceField(label=_label("id_type"), required=False)
    id_number = typing_in.DigitsField(label=_label("id_number"), max_length=30, required=False)
    sex = forms.ChoiceField(
        label=_label("sex"), choices=[("1", "男"), ("2", "女")], widget=forms.RadioSelect, required=False
    )
    birth_date = typing_in.DateField(label=_label("birth_date"), required=False)
    no_id_reason = forms.CharField(label=_label("no_id_reason"), max_length=100, required=False)
    phone = typing_in.DigitsField(label=_label("phone"), max_length=20, required=False)
    contact_name = forms.CharField(label=_label("contact_name"), max_length=50, required=False)
    contact_phone = typing_in.DigitsField(label=_label("contact_phone"), max_length=20, required=False)
    contact_relation = forms.CharField(label=_label("contact_relation"), max_length=20, required=False)
    residence_type = forms.ChoiceField(
        label=_label("residence_type"), widget=forms.RadioSelect, required=False
    )
    resident_since = typing_in.DateField(label=_label("resident_since"), required=False)
    area = forms.TypedChoiceField(label=_label("area"), coerce=int, empty_value=None, required=False)
    address = forms.CharField(label=_label("address"), max_length=200, required=False)
    hukou_address = forms.CharField(label=_label("hukou_address"), max_length=200, required=False)
    employer = forms.CharField(label=_label("employer"), max_length=70, required=False)
    responsible_doctor = forms.TypedChoiceField(
        label=_label("responsible_doctor"), coerce=UUID, empty_value=None, required=False
    )

    def __init__(
        self,
        *args: Any,
        actor: actors.Actor,
        editing: bool = False,
        clearable: Sequence[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if clearable:
            self.fields["clear"] = forms.MultipleChoiceField(
                label="要清除的号码",
                choices=[(name, f"清除{_label(name)}") for name in clearable],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.fields["clear_reason"] = forms.CharField(
                label="清除原因", max_length=editing_rules.LONGEST_REASON, required=False
            )
        self.fields["id_type"].choices = codes.table("id_document").choices()
        self.fields["residence_type"].choices = codes.table("residence_type").choices()
        villages = places.areas_in(actor.areas).filter(level="village").order_by("key")
        self.fields["area"].choices = [("", "请选择"), *((str(each.key), each.name) for each in villages)]
        self.fields["responsible_doctor"].choices = [("", "暂不指定"), *doctors(actor)]
        self.fields["id_number"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["no_id_reason"].widget.attrs["placeholder"] = "没有证件号码时填写"
        for name in ("phone", "contact_phone"):
            self.fields[name].widget.attrs["inputmode"] = "tel"
        if editing:
            for name in NUMBERS:
                self.fields[name].widget.attrs["placeholder"] = "不修改请留空"
        presenter.styled(self)

    def typed(self) -> dict[str, Any]:
        """What was read of the profile. Call after `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.base_fields}

    def cleared(self) -> tuple[list[str], str]:
        """The numbers to take away, and why."""
        return self.cleaned_data.get("clear", []), self.cleaned_data.get("clear_reason", "")


def doctors(actor: actors.Actor) -> list[tuple[str, str]]:
    """(id, name) of the doctors of the actor's organization and of those in its areas."""
    return [(str(key), name) for key, name in places.doctors_near(actor)]


def clearable(resident: Any, asked: Sequence[str] = ()) -> list[str]:
    """The numbers a resident has that may be taken away, and those asked for (a second click finds them gone)."""
    return [
        name
        for name in editing_rules.CLEARABLE
        if name in asked or getattr(resident, profile.ITEMS[name].attribute) is not None
    ]


def initial(resident: Any) -> dict[str, Any]:
    """The profile of a resident as the boxes show it, without the numbers."""
    return {
        name: getattr(resident, profile.ITEMS[name].attribute)
        for name in ProfileForm.base_fields
        if name not in NUMBERS
    }
