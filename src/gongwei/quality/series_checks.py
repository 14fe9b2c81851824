"""Checks of readings over many records (quality_rules.md J, QB016, QC012–QC014, QC016) and of what the file says of diseases
(QA017), as set queries written from the definitions: which table holds a pressure is asked of the catalogue by its LOINC code.

Queries of the same shape as file_checks.sql; `resident_checks` runs both.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gongwei import catalogue
from gongwei.language import fields, forms, nodes, types
from gongwei.records import columns

SYSTOLIC, DIASTOLIC, WEIGHT = "8480-6", "8462-4", "29463-7"
GLUCOSE = ("14771-0",)
_QUARTER = "date_trunc('quarter', s.done_on)::date"


@cache
def queries() -> tuple[tuple[str, str, str, str], ...]:
    """(rule, what findings are about, each or all, SQL) of every check the definitions have readings for."""
    found: list[tuple[str, str, str, str]] = []
    if _pressure_forms():
        found += [
            ("QC012", "response", "each", _runs_of_pressure()),
            ("QC013", "response", "all", _twins()),
            ("QC014", "practitioner", "all", _last_digits()),
            ("QC016", "practitioner", "all", _edge()),
        ]
    if weights := _readings(WEIGHT):
        found.append(("QB016", "response", "each", _runs_of_weight(weights)))
    if histories := _histories():
        found.append(("QA017", "resident", "each", "\nunion all\n".join(histories)))
    return tuple(found)


@cache
def diseases() -> tuple[str, ...]:
    """Kinds of episode that are a disease somebody was diagnosed with: a key population, taken in by a person."""
    return tuple(kind.code for kind in catalogue.episodes() if kind.tag and not kind.automatic)


@cache
def followed() -> tuple[tuple[str, str], ...]:
    """(form, kind of episode) of the contacts a disease is followed by again and again."""
    return tuple(
        dict.fromkeys(
            (contact.form.code, schedule.episode.code)
            for programme in catalogue.programmes()
            for schedule in programme.schedules
            if schedule.episode.code in diseases()
            for contact in schedule.contacts
            if contact.every is not None
        )
    )


def _coded(form: type[forms.Form], code: str) -> str | None:
    for name, each in form.fields.items():
        if isinstance(each, fields.Quantity) and each.code is not None and each.code.code == code:
            return name
    return None


@cache
def _pressure_forms() -> tuple[tuple[str, str, str, str | None, str | None], ...]:
    """(form, systolic, diastolic, weight, glucose) of the follow-ups that measure a pressure."""
    found = []
    for code in dict.fromkeys(code for code, _ in followed()):
        form = catalogue.form(code)
        high, low = _coded(form, SYSTOLIC), _coded(form, DIASTOLIC)
        if high and low:
            glucose = next((name for each in GLUCOSE if (name := _coded(form, each))), None)
            found.append((code, high, low, _coded(form, WEIGHT), glucose))
    return tuple(found)


def _readings(code: str) -> list[tuple[str, str]]:
    """(form, field) of every form about residents that measures something of this LOINC code."""
    return [
        (form.code, name)
        for form in catalogue.forms()
        if form.about is types.RESIDENT and (name := _coded(form, code))
    ]


def _table(form: str) -> str:
    return columns.model_for(form)._meta.db_table


def _pressures(people: bool) -> str:
    """Every live follow-up with a pressure: resident, response, form, day, both values, weight, glucose."""
    residents = " join residents_resident r on r.id = t.resident_id" if people else ""
    where = " and {people}" if people else ""
    return "\n  union all\n".join(
        f'  select t.resident_id, t.response_id, \'{form}\' as form_code, t.done_on, t."{high}" as high, t."{low}" as low,\n'
        f"    {_or_null(weight)} as weight, {_or_null(glucose)} as glucose\n"
        f"  from {_table(form)} t{residents} where t.live{where}"
        for form, high, low, weight, glucose in _pressure_forms()
    )


def _or_null(name: str | None) -> str:
    return f't."{name}"::numeric' if name else "null::numeric"


_SERVED = (
    "join residents_resident r on r.id = s.resident_id join records_response p on p.id = s.response_id "
    "join records_encounter e on e.id = p.encounter_id"
)
_RESPONSE = (
    "r.id, r.area_key, s.response_id, s.form_code, s.done_on, e.practitioner_id, e.organization_id, ''"
)


def _runs_of_pressure() -> str:
    """QC012, J2: the same pressure three times in a row, or the same pressure and weight twice; a missing value breaks the run."""
    return f"""
with s as (
{_pressures(people=True)}),
beside as (select s.*, coalesce(high = lag(high) over w and low = lag(low) over w, false) as as_before,
    coalesce(high = lag(high) over w and low = lag(low) over w and weight = lag(weight) over w, false) as weight_too
  from s window w as (partition by resident_id, form_code order by done_on, response_id)),
islands as (select beside.*, sum(case when as_before then 0 else 1 end) over w as island from beside
  window w as (partition by resident_id, form_code order by done_on, response_id)),
counted as (select islands.*, row_number() over (
    partition by resident_id, form_code, island order by done_on, response_id) as run from islands)
select {_RESPONSE},
  case when s.run >= %(run_of_equals)s then format('血压连续%%s次均为%%s/%%smmHg', s.run, s.high, s.low)
    else format('血压%%s/%%smmHg和体重%%skg与上次完全相同', s.high, s.low, trim_scale(s.weight)) end,
  jsonb_build_object('run', s.run)
from counted s {_SERVED} where s.run >= %(run_of_equals)s or s.weight_too
"""


def _runs_of_weight(readings: Iterable[tuple[str, str]]) -> str:
    """QB016: the same weight in three services in a row that weighed the resident, whichever form it stands on."""
    union = "\n  union all\n".join(
        f"  select t.resident_id, t.response_id, '{form}' as form_code, t.done_on, t.\"{name}\" as weight\n"
        f"  from {_table(form)} t join residents_resident r on r.id = t.resident_id\n"
        f'  where t.live and t."{name}" is not null and {{people}}'
        for form, name in readings
    )
    # Two forms of one contact have one weight between them: it is one weighing.
    return f"""
with all_of_them as (
{union}),
s as (select distinct on (resident_id, done_on) * from all_of_them order by resident_id, done_on, response_id),
beside as (select s.*, weight = lag(weight) over w as as_before from s
  window w as (partition by resident_id order by done_on)),
islands as (select beside.*, sum(case when as_before then 0 else 1 end) over (
    partition by resident_id order by done_on) as island from beside),
counted as (select islands.*, row_number() over (partition by resident_id, island order by done_on) as run from islands)
select {_RESPONSE}, format('连续%%s次体重均为%%skg', s.run, trim_scale(s.weight)), jsonb_build_object('run', s.run)
from counted s {_SERVED} where s.run >= %(run_of_equals)s
"""


def _twins() -> str:
    """QC013, J3: one practitioner on one day, three residents with the same pressure and the same weight or glucose."""

    def alike(what: str) -> str:
        return f"""
  select d.practitioner_id, d.done_on, d.high, d.low, '{what}' as what, d.{what} as third,
    count(distinct d.resident_id) as people
  from of_doctors d where d.{what} is not null group by 1, 2, 3, 4, 6 having count(distinct d.resident_id) >= %(twin_residents)s"""

    return f"""
with s as (
{_pressures(people=False)}),
of_doctors as (select s.*, e.practitioner_id from s join records_response p on p.id = s.response_id
  join records_encounter e on e.id = p.encounter_id
  where e.practitioner_id is not null and s.high is not null and s.low is not null),
alike as ({alike("weight")}
  union all{alike("glucose")})
select distinct on (s.response_id) {_RESPONSE},
  format('同一医务人员当天另有%%s人血压%%s/%%smmHg、%%s完全相同', a.people - 1, s.high, s.low,
    case a.what when 'weight' then '体重' else '血糖' end),
  jsonb_build_object('residents', a.people)
from alike a join of_doctors s on s.practitioner_id = a.practitioner_id and s.done_on = a.done_on and s.high = a.high
  and s.low = a.low and case a.what when 'weight' then s.weight else s.glucose end = a.third
{_SERVED} where {{people}} order by s.response_id, a.people desc
"""


# One reading that fills two forms of a contact is one reading.
_BY_DOCTOR = f"""
by_doctor as (select e.practitioner_id, {_QUARTER} as quarter, (array_agg(e.organization_id order by e.id))[1] as organization_id,
    s.high from s join records_response p on p.id = s.response_id join records_encounter e on e.id = p.encounter_id
  where e.practitioner_id is not null and s.high is not null group by e.practitioner_id, 2, s.high, p.encounter_id)"""
_PRACTITIONER = (
    "null::uuid, o.area_key, null::uuid, '', (s.quarter + interval '3 months - 1 day')::date, s.practitioner_id, "
    "s.organization_id, to_char(s.quarter, 'YYYY\"Q\"Q')"
)


def _last_digits() -> str:
    """QC014, J1: χ² of the last digits of systolic pressures of a quarter, against even digits or all ten."""
    return f"""
with s as (
{_pressures(people=False)}),{_BY_DOCTOR},
digits as (select practitioner_id, quarter, min(organization_id::text)::uuid as organization_id, high %% 10 as digit, count(*) as c
  from by_doctor group by 1, 2, 4),
added as (select practitioner_id, quarter, min(organization_id::text)::uuid as organization_id, sum(c) as n, sum(c * c) as squares,
    coalesce(sum(c) filter (where digit %% 2 = 0), 0) as even, coalesce(sum(c * c) filter (where digit %% 2 = 0), 0) as even_squares,
    jsonb_object_agg(digit, c) as digits from digits group by 1, 2),
judged as (select added.*, even < (1 - %(digit_odd_share)s) * n as all_ten from added),
squared as (select judged.*, case when all_ten then n else even end as counted,
    case when all_ten then 10 * squares / n - n else 5 * even_squares / nullif(even, 0) - even end as chi from judged)
select {_PRACTITIONER},
  format('%%s共测血压%%s次，收缩压末位数分布不匀（χ²=%%s）', to_char(s.quarter, 'YYYY"年第"Q"季度"'), s.counted, round(s.chi, 1)),
  jsonb_build_object('readings', s.counted, 'chi_squared', round(s.chi, 1), 'digits', s.digits)
from squared s join places_organization o on o.id = s.organization_id
where s.counted >= %(digit_least)s
  and s.chi > case when s.all_ten then %(digit_critical_ten)s else %(digit_critical_even)s end
"""


def _edge() -> str:
    """QC016, J7: many pressures just under the goal, few just above it."""
    return f"""
with s as (
{_pressures(people=False)}),{_BY_DOCTOR},
added as (select practitioner_id, quarter, min(organization_id::text)::uuid as organization_id, count(*) as n,
    count(*) filter (where high between 136 and 139) as under, count(*) filter (where high between 140 and 143) as over
  from by_doctor group by 1, 2)
select {_PRACTITIONER},
  format('%%s共测血压%%s次，收缩压136～139的%%s次，140～143的%%s次', to_char(s.quarter, 'YYYY"年第"Q"季度"'), s.n, s.under, s.over),
  jsonb_build_object('readings', s.n, 'under', s.under, 'over', s.over)
from added s join places_organization o on o.id = s.organization_id
where s.n >= %(edge_least)s and s.under > %(edge_ratio)s * greatest(s.over, 1)
"""


def _histories() -> list[str]:
    """QA017: the latest basic form in force and the management of a disease say different things about somebody, today.

    Which answer means which disease is what the disease's own signs read: 个人基本信息表既往史有高血压.
    """
    found = []
    for kind in diseases():
        for sign in catalogue.signs_of(kind):
            node = sign.node
            if not (isinstance(node, nodes.Has) and isinstance(node.value, nodes.Answer)):
                continue
            title, column, code = catalogue.episode(kind).title, node.value.name, node.code
            has = f"'{code}' = any(b.\"{column}\")"
            # Somebody looked into it: a decision with its reason is the note the rule asks for.
            decided = "('active', 'ended', 'dismissed')"
            found.append(f"""
select r.id, r.area_key, null::uuid, '', b.done_on, r.responsible_doctor_id, r.managing_organization_id, '{kind}',
  case when {has} then '既往史有此病，未纳入“{title}”，也没有核实排除' else '已纳入“{title}”，既往史未更新' end, '{{}}'::jsonb
from residents_resident r join lateral (select b.* from {_table(sign.on.code)} b
  where b.resident_id = r.id and b.live order by b.done_on desc, b.response_id desc limit 1) b on true
where {{people}} and r.status = any(%(living)s) and b."{column}" is not null and (
  {has} and not exists (select 1 from records_episode e where e.resident_id = r.id and e.kind = '{kind}' and e.state in {decided})
  or not {has} and exists (select 1 from records_episode e
    where e.resident_id = r.id and e.kind = '{kind}' and e.state = 'active' and e.started_on > b.done_on))""")
    return found
