"""The profile of a resident as clerks fill it: items 1–11 of 个人基本信息表 and the cover (records.md §4).

Values go through three shapes: typed (what a form sends), clean (dates, keys, normalised text) and text (what the
change log keeps and a three-way merge compares).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.base.problems import Refused, Several
from gongwei.residents import codes, identity, parameters, sealing, telephones, typed_text
from gongwei.residents.models import Resident


@dataclass(frozen=True)
class Item:
    """One item: its label, how typed text is read, and the sealed column it is kept in (if any).

    `attribute` is the model attribute; `foreign` marks a key to another row.
    """

    label: str
    read: Callable[[Any, dt.date], Any]
    attribute: str
    sealed_column: str | None = None
    foreign: bool = False


def _text(label: str, longest: int) -> Callable[[Any, dt.date], str]:
    def read(value: Any, on: dt.date) -> str:
        text = " ".join(typed_text.plain(value or "", label).split())
        if len(text) > longest:
            raise typed_text.BadText(f"{label}不能超过{longest}个字。", "too_long")
        return text

    return read


def _code(label: str, table: str) -> Callable[[Any, dt.date], str]:
    def read(value: Any, on: dt.date) -> str:
        code = typed_text.plain(value or "", label)
        if code and code not in codes.table(table).codes:
            raise typed_text.BadText(f"{label}没有代码“{code}”。", "unknown_code")
        return code

    return read


def _past_day(label: str) -> Callable[[Any, dt.date], dt.date | None]:
    def read(value: Any, on: dt.date) -> dt.date | None:
        if value in (None, ""):
            return None
        day = typed_text.day(value, label)
        if day > on:
            raise typed_text.BadText(f"{label} {day} 晚于今天。", "future")
        if day.year < 1850:
            raise typed_text.BadText(f"{label} {day} 过早，请核对。", "too_early")
        return day

    return read


def _key(value: Any, on: dt.date) -> UUID | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise typed_text.BadText("编号格式不对。", "not_a_key") from None


def _area(value: Any, on: dt.date) -> int | None:
    if value in (None, ""):
        return None
    text = typed_text.number(str(value), "现住村（居）")
    if len(text) != 12 or not text.isdigit() or text.endswith("000"):
        raise typed_text.BadText("现住村（居）应为12位村级区划代码。", "area")
    return int(text)


def _hukou_area(value: Any, on: dt.date) -> str:
    text = typed_text.number(value or "", "户籍区划")
    if text and not (text.isdigit() and len(text) in {6, 9, 12}):
        raise typed_text.BadText("户籍区划应为6位、9位或12位代码。", "area")
    return text


def _name(label: str, required: bool) -> Callable[[Any, dt.date], str]:
    return lambda value, on: typed_text.person_name(value, label) if required or value else ""


def _phone(label: str) -> Callable[[Any, dt.date], str]:
    return lambda value, on: telephones.normalise(value, label)


ITEMS: dict[str, Item] = {
    "name": Item("姓名", _name("姓名", True), "name"),
    "sex": Item("性别", _code("性别", "sex"), "sex"),
    "birth_date": Item("出生日期", _past_day("出生日期"), "birth_date"),
    "birth_date_estimated": Item("出生日期为估计", lambda value, on: value in (True, "true", "on", "1"), "birth_date_estimated"),
    "id_type": Item("证件类别", _code("证件类别", "id_document"), "id_type"),
    "id_number": Item("证件号码", lambda value, on: typed_text.number(value or "", "证件号码"), "id_cipher", "id_cipher"),
    "no_id_reason": Item("无证件原因", _text("无证件原因", 100), "no_id_reason"),
    "phone": Item("本人电话", _phone("本人电话"), "phone_cipher", "phone_cipher"),
    "contact_name": Item("联系人姓名", _name("联系人姓名", False), "contact_name"),
    "contact_phone": Item("联系人电话", _phone("联系人电话"), "contact_phone_cipher", "contact_phone_cipher"),
    "contact_relation": Item("联系人关系", _text("联系人关系", 20), "contact_relation"),
    "employer": Item("工作单位", _text("工作单位", 70), "employer"),
    "area": Item("现住村（居）", _area, "area_id", foreign=True),
    "address": Item("现住址", _text("现住址", 200), "address"),
    "hukou_area_code": Item("户籍区划", _hukou_area, "hukou_area_code"),
    "hukou_address": Item("户籍地址", _text("户籍地址", 200), "hukou_address"),
    "residence_type": Item("常住类型", _code("常住类型", "residence_type"), "residence_type"),
    "resident_since": Item("居住起始日期", _past_day("居住起始日期"), "resident_since"),
    "grid": Item("网格", _key, "grid_id", foreign=True),
    "responsible_doctor": Item("责任医生", _key, "responsible_doctor_id", foreign=True),
}  # fmt: skip

#: Items that only make sense together; a clash in one is a clash in all that were touched.
GROUPS = (
    frozenset({"id_type", "id_number", "birth_date", "sex", "no_id_reason"}),
    frozenset({"area", "address"}),
)
REQUIRED = ("name", "sex", "birth_date", "area", "residence_type")
#: Items marked Y in records.md §4 that do not stop a filing; they are asked for again (QA010).
EXPECTED = ("phone", "contact_name", "contact_phone", "address")


def label(name: str) -> str:
    """Return the Chinese label of an item."""
    return ITEMS[name].label


def read(typed: Mapping[str, Any], *, on: dt.date) -> tuple[dict[str, Any], list[Refused]]:
    """Read the items that are there; returns clean values and the problems of those that cannot be read."""
    clean: dict[str, Any] = {}
    problems = []
    for name, value in typed.items():
        item = ITEMS.get(name)
        if item is None:
            problems.append(Refused(f"没有数据项“{name}”。", field=name, code="unknown_item"))
            continue
        try:
            clean[name] = item.read(value, on)
        except typed_text.BadText as bad:
            problems.append(Refused(bad.message, field=name, code=bad.code, hint=bad.hint))
    return clean, problems


def check(clean: dict[str, Any], *, on: dt.date) -> tuple[dict[str, Any], list[str]]:
    """Check a whole profile across its items; returns it completed from the document, and warnings.

    Birth date and sex that the document states are filled in when empty and must agree when not (QA003, QA004).
    Raises Several with one problem for each item.
    """
    done = {"id_type": identity.RESIDENT_CARD, **{k: v for k, v in clean.items() if v is not None}}
    done["id_type"] = done["id_type"] or identity.RESIDENT_CARD
    problems: list[Refused] = []
    warnings: list[str] = list(typed_text.name_warnings(done["name"])) if done.get("name") else []
    number = done.get("id_number")
    if number:
        warnings += _check_document(done, number, on, problems)
    elif not done.get("no_id_reason"):
        problems.append(Refused("没有证件号码时应写明原因。", field="no_id_reason", code="reason_required"))
    if done.get("resident_since") and done.get("birth_date") and done["resident_since"] < done["birth_date"]:
        problems.append(Refused("居住起始日期早于出生日期。", field="resident_since", code="before_birth"))
    problems += [
        Refused(f"{label(name)}不能为空。", field=name, code="required")
        for name in REQUIRED
        if not done.get(name) and name not in {problem.field for problem in problems}
    ]
    if problems:
        raise problems[0] if len(problems) == 1 else Several(problems)
    oldest = parameters.value("oldest_plausible_age", on)
    if not number and identity.age_on(done["birth_date"], on) > oldest:
        warnings.append(f"年龄超过{oldest}岁，请核对出生日期。")
    warnings += telephones.warnings(done.get("phone", ""))
    if done.get("contact_name") and done["contact_name"] == done["name"]:
        warnings.append("联系人与本人同名，请核对。")
    missing = [label(name) for name in EXPECTED if not done.get(name)]
    if missing:
        warnings.append(f"以下项目尚未填写：{'、'.join(missing)}。")
    return done, warnings


def _check_document(done: dict[str, Any], number: str, on: dt.date, problems: list[Refused]) -> list[str]:
    try:
        document = identity.parse_document(done["id_type"], number, on=on)
    except typed_text.BadText as bad:
        problems.append(Refused(bad.message, field="id_number", code=bad.code, hint=bad.hint))
        return []
    done["id_number"] = document.number
    for name, said in (("birth_date", document.birth_date), ("sex", document.sex)):
        if said is None or identity.is_temporary(document.number):
            continue
        typed = done.get(name)
        if typed in (None, ""):
            done[name] = said
        elif typed != said:
            shown = said if name == "birth_date" else codes.name("sex", str(said))
            problems.append(
                Refused(f"{label(name)}与证件号码不符，证件为{shown}。", field=name, code=f"{name}_disagrees")
            )
    return list(document.warnings)


def as_text(name: str, value: Any) -> str:
    """Return a clean value as the change log keeps it; what is missing is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def from_text(name: str, text: str, *, on: dt.date) -> Any:
    """Read back what `as_text` wrote."""
    return ITEMS[name].read(text, on)


def texts(resident: Resident) -> dict[str, str]:
    """Return every item of a resident as text; sealed ones are opened."""
    return {name: as_text(name, value) for name, value in values(resident).items()}


def values(resident: Resident) -> dict[str, Any]:
    """Return every item of a resident as a clean value; sealed ones are opened."""
    found: dict[str, Any] = {}
    for name, item in ITEMS.items():
        if item.sealed_column:
            found[name] = sealing.open_column(resident, sealing.RESIDENT, item.sealed_column) or ""
        else:
            found[name] = getattr(resident, item.attribute)
    return found
