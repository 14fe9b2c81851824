"""Answers in words for a finding. Free text never goes in: a finding is listed, exported and shown widely. Pure."""

import datetime as dt
from decimal import Decimal
from typing import Any

from gongwei.language import fields


def may_be_kept(field: fields.Field) -> bool:
    """Whether a field's value may stand in a finding: numbers, dates and choices may, free text and rows may not."""
    return isinstance(field, fields.Quantity | fields.Date | fields.YesNo | fields.Choice | fields.Choices)


def said(field: fields.Field, value: Any) -> str:
    """A field with its value: `收缩压 120mmHg`, `服药依从性 不服药`, `症状 未填`."""
    return f"{field.label} {_value(field, value)}"


def _value(field: fields.Field, value: Any) -> str:
    if fields.is_missing(value):
        return "未填"
    match field:
        case fields.Quantity():
            return f"{_number(value)}{field.unit}"
        case fields.Date():
            return value.isoformat()
        case fields.YesNo():
            return "是" if value else "否"
        case fields.Choice():
            return _label(field, value)
        case fields.Choices():
            return "、".join(_label(field, code) for code in _in_order(field, value))
        case fields.Rows():
            return f"{len(value)}行"
    return "已填"


def plain(field: fields.Field, value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(field, fields.Choices):
        return _in_order(field, value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _number(value: Any) -> str:
    """As a person writes it: 66 for 66.0, 6.5 for 6.50."""
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _label(field: fields.Choice | fields.Choices, code: str) -> str:
    option = field.options.by_code.get(code)
    return option.label if option else code


def _in_order(field: fields.Choices, codes: Any) -> list[str]:
    chosen = set(codes)
    known = [code for code in field.options.codes if code in chosen]
    return known + sorted(chosen - set(known))
