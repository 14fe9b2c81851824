"""Forms, decision tables, checks and contacts as JSON for the phone; `judging.js` runs them."""

from __future__ import annotations

from typing import Any

from gongwei.engines.phone import Json, interval_json, to_json
from gongwei.language import decisions, fields, forms
from gongwei.language.abnormal import Abnormal
from gongwei.language.checks import RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.expressions import Node
from gongwei.language.forms import FieldGroup
from gongwei.language.schedules import Contact


def form_json(form: type[FieldGroup]) -> Json:
    """What the phone needs to judge a record of the form: shapes, conditions, computed answers. How the form is drawn
    is the phone interface's own face of the fields."""
    return {
        "code": getattr(form, "code", ""),
        "version": getattr(form, "version", 1),
        "fields": [field_json(each) for each in form.fields.values()],
        "conditions": [
            {
                "field": each.field.name,
                "holds": to_json(each.holds),
                "message": each.message,
                "severity": each.severity.value,
                "rule": each.rule,
            }
            for each in forms.conditions(form)
        ],
    }


def field_json(each: fields.Field) -> Json:
    """One field: name, label, type, shape, and when it is asked."""
    return {
        "name": each.name,
        "label": each.label,
        "type": type(each).__name__,
        "asked": _optional(forms.asked(each)),
        "computed": None if each.computed is None else to_json(each.computed.node),
        **_shape(each),
    }


def _shape(each: fields.Field) -> dict[str, Any]:
    if isinstance(each, fields.Text):
        return {"maxLength": each.max_length, "pattern": each.pattern, "patternHint": each.pattern_hint}
    if isinstance(each, fields.Quantity):
        return {"decimals": each.decimals}
    if isinstance(each, fields.Choice | fields.Choices):
        return {"options": list(each.options.codes)}
    if isinstance(each, fields.Rows):
        return {"row": form_json(each.row), "atMost": each.at_most}
    return {}


def check_json(check: RecordCheck) -> Json:
    """A check of one record."""
    return {
        "field": check.fields[0] if check.fields else "",
        "holds": to_json(check.node),
        "message": check.text,
        "severity": check.then.value,
        "rule": check.code or check.title,
    }


def table_json(table: DecisionTable) -> Json:
    """A decision table, row by row."""
    return {
        "title": table.title,
        "form": table.on.code,
        "rows": [
            {
                "code": row.code,
                "label": row.label,
                "when": None if row.when is None else to_json(row.when.node),
                "advice": [advice_json(each) for each in row.advice],
                "proposes": {name: to_json(table.proposed(row, name)) for name in row.proposes},
            }
            for row in table.rows
        ],
    }


def advice_json(advice: decisions.Advice) -> Json:
    """A piece of advice with its Chinese text."""
    found: dict[str, Any] = {"kind": type(advice).__name__.lower(), "text": advice.text}
    if isinstance(advice, decisions.Revisit):
        found |= {"interval": interval_json(advice.interval), "late": interval_json(advice.late)}
    if isinstance(advice, decisions.Refer):
        found |= {"urgent": advice.urgent, "reason": advice.reason}
    return found


def abnormal_json(item: Abnormal) -> Json:
    """What a result means, for `abnormal`."""
    return {
        "key": item.key,
        "field": item.field.name,
        "when": to_json(item.node),
        "name": item.name,
        "explain": item.explain,
        "advise": item.advise,
        "refer": item.refer,
        "urgent": item.urgent,
    }


def contact_json(contact: Contact) -> Json:
    """A contact, for `nextDue`."""
    return {
        "title": contact.title,
        "form": contact.form.code,
        "every": None if contact.every is None else interval_json(contact.every),
        "onceIn": contact.once_in,
        "at": [interval_json(each) for each in contact.at],
        "early": interval_json(contact.early),
        "late": interval_json(contact.late),
        "where": _optional(contact.node_where),
    }


def _optional(node: Node | None) -> Json:
    return None if node is None else to_json(node)
