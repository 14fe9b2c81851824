"""What is asked of every record of a form: the demands of its fields and the record checks of all programmes.

A probe is one condition with the rule it belongs to. The row engine and the columnar engine run the same probes, so
what is found in bulk is what is found when a record is saved. Pure.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.language import expressions, fields, forms, types
from gongwei.quality import rules, wording

#: Left-out answers are one finding a record that lists them (QA010: "list them"), not one each.
TOGETHER = "required"


@dataclass(frozen=True)
class Probe:
    """One condition that must hold of a record of a form; it complains only where it is False.

    key: tells apart findings of one rule about one record. fields: whose values are shown.
    """

    rule: rules.Rule
    key: str
    node: expressions.Node
    fields: tuple[str, ...]
    expected: str
    digest: str
    together: bool = False


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one record, in words: ready to be kept as a finding."""

    rule: rules.Rule
    key: str
    found: str
    expected: str
    evidence: dict[str, Any]
    digest: str


@cache
def of(form: type[forms.Form]) -> tuple[Probe, ...]:
    """The probes of a form, in the order of the form and then of the checks."""
    found: list[Probe] = []
    for condition in forms.conditions(form):
        rule = rules.of_condition(condition.rule)
        name = condition.field.name
        together = condition.rule == TOGETHER
        digest = _digest(rule, catalogue.digest(condition.holds))
        key = "" if together else f"{condition.rule}:{name}"
        found.append(Probe(rule, key, condition.holds, (name,), condition.message, digest, together))
    for check in catalogue.checks_on(form):
        rule = rules.of_check(check.code, check.title, check.then)
        shown = check.fields or tuple(
            dict.fromkeys(answer.field.name for answer in forms.answers_in(check.node) if answer.field.name)
        )
        digest = _digest(rule, catalogue.digest(check))
        found.append(Probe(rule, check.title[:120], check.node, shown, check.text, digest))
    return tuple(each for each in found if rules.enabled(each.rule))


def _digest(rule: rules.Rule, definition: str) -> str:
    return hashlib.sha256(f"{definition}|{rule.severity}|{rule.dimension}".encode()).hexdigest()[:16]


def asked_forms() -> tuple[type[forms.Form], ...]:
    """The forms whose records are checked: those about residents."""
    return tuple(form for form in catalogue.forms() if form.about is types.RESIDENT)


def digest_of(form: type[forms.Form]) -> str:
    """Changes when any rule about the form does: then its records are checked again."""
    parts = "|".join(f"{probe.rule.code}/{probe.key}/{probe.digest}" for probe in of(form))
    steps = sorted(f"{code}={values}" for code, values in parameter_steps(form).items())
    return hashlib.sha256("\n".join([parts, *steps]).encode()).hexdigest()


def parameter_steps(form: type[forms.Form]) -> Mapping[str, Any]:
    """The dated values of every parameter the probes of a form name."""
    from gongwei.engines import columnar  # heavy (ibis): only a bulk run and its digest want it

    return columnar.parameter_steps(catalogue.current().parameters, [probe.node for probe in of(form)])


def complaints(
    form: type[forms.Form],
    failed: Collection[Probe],
    values: Mapping[str, Any],
    carried: Collection[str] = (),
) -> list[Complaint]:
    """What to say of a record for which these probes came out False; `values` are its answers.

    carried: fields whose answers were taken over from last time and not asked anew: whoever looks into it should know.
    """
    said = [_complaint(form, probe, values, carried) for probe in failed if not probe.together]
    missing = [probe for probe in failed if probe.together]
    if missing:
        labels = [form.fields[probe.fields[0]].label for probe in missing]
        said.insert(
            0,
            Complaint(
                missing[0].rule,
                "",
                _cut(f"未填：{'、'.join(labels)}", 400),
                f"必填项应全部填写，缺{len(labels)}项",
                {"missing": [probe.fields[0] for probe in missing]},
                _together_digest(form),
            ),
        )
    return said


@cache
def _together_digest(form: type[forms.Form]) -> str:
    """The same whatever is missing of one record."""
    return hashlib.sha256("".join(probe.digest for probe in of(form) if probe.together).encode()).hexdigest()[
        :16
    ]


def digests_of(form: type[forms.Form]) -> list[str]:
    """The digests findings about a form carry while the rules are as they are."""
    return [*{probe.digest for probe in of(form) if not probe.together}, _together_digest(form)]


def _complaint(
    form: type[forms.Form], probe: Probe, values: Mapping[str, Any], carried: Collection[str]
) -> Complaint:
    shown = [(form.fields[name], values.get(name)) for name in probe.fields]
    taken_over = [name for name in probe.fields if name in carried]
    return Complaint(
        probe.rule,
        probe.key,
        _cut(
            "；".join(
                wording.said(field, value) + ("（上次带入）" if field.name in taken_over else "")
                for field, value in shown
            ),
            400,
        ),
        _cut(probe.expected, 300),
        {
            "values": {
                field.name: wording.plain(field, value)
                for field, value in shown
                if not fields.is_missing(value) and wording.may_be_kept(field)
            },
            **({"carried": taken_over} if taken_over else {}),
        },
        probe.digest,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
