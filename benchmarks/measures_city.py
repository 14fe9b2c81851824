"""A city as a snapshot: Parquet files as `snapshots` writes them, made by DuckDB in a minute or two, the same for the same seed.

Subjects with ages and ends of files, a village, clinic and doctor for each; management of hypertension and diabetes; records of
two years of every form the measures read, with the columns they read: mostly complete, some with missing answers, some with
classes that are not the rule's. `city` returns the tables as a snapshot lists them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

YEAR = 2025
#: Wuxi 2018: 5 456 400 files, 600 village stations.
RESIDENTS_A_VILLAGE = 9000
ORDER = "order by area_key, subject_id"


def villages(residents: int) -> int:
    """How many villages a city of so many residents has."""
    return max(6, round(residents / RESIDENTS_A_VILLAGE))


def area_of(village: int) -> int:
    """The division code of a village: eight to a township, ten townships to a county."""
    county, township = village // 80 + 1, village // 8 % 10
    return 660100000000 + county * 10**6 + (101 + township) * 1000 + 201 + village % 8


AREA_SQL = "660100000000 + (v // 80 + 1) * 1000000 + (101 + v // 8 % 10) * 1000 + 201 + v % 8"


def city(folder: Path, residents: int) -> dict[str, Any]:
    """Write the files; what a snapshot keeps of its tables."""
    (folder / "work").mkdir(parents=True, exist_ok=True)
    config = {"threads": 2, "memory_limit": "2500MB", "temp_directory": str(folder / "work")}
    tables: dict[str, Any] = {}
    with duckdb.connect(str(folder / "work" / "city.duckdb"), config=config) as database:
        database.execute("set preserve_insertion_order = false")
        database.execute(_people(residents, villages(residents)))
        for name, query in _fixed().items():
            tables[name] = _write(database, folder, name, query)
        for code, query in _forms().items():
            tables[code] = _write(database, folder, code, query)
        listed = " union all ".join(
            f"select record_id, subject_id, '{code}' as form_code, done_on, done_on::timestamptz as entered_at, "
            "'final' as status, null::uuid as supersedes, area_key from "
            f"read_parquet('{folder}/{code}/part-0.parquet')"
            for code in _forms()
        )
        tables["responses"] = _write(database, folder, "responses", listed)
    for path in (folder / "work").iterdir():
        path.unlink()
    (folder / "work").rmdir()
    return tables


def _write(database: duckdb.DuckDBPyConnection, folder: Path, name: str, query: str) -> dict[str, Any]:
    from gongwei.snapshots import moving  # once Django is set up

    (folder / name).mkdir()
    path = folder / name / "part-0.parquet"
    database.execute("set preserve_insertion_order = true")
    database.execute(
        f"copy (select * from ({query}) {ORDER}) to '{path}' (format parquet, compression zstd, compression_level 1, "
        f"row_group_size {moving.ROW_GROUP})"
    )
    database.execute("set preserve_insertion_order = false")
    said = database.sql(f"describe select * from read_parquet('{path}')").fetchall()
    rows = database.sql(f"select count(*) from read_parquet('{path}')").fetchall()[0][0]
    return {
        "rows": rows,
        "bytes": path.stat().st_size,
        "columns": [[column[0], column[1]] for column in said],
        "files": [{"name": f"{name}/part-0.parquet", "sha256": ""}],
        "asked": "",
    }


def _people(residents: int, places: int) -> str:
    """Ages: a fifth are 65 and older; the sick are older people first."""
    return f"""create or replace table people as
    select n, md5(n::varchar)::uuid as subject_id, {AREA_SQL} as area_key, md5('clinic' || v)::uuid as organization_id,
      md5('doctor' || v || '-' || n % 3)::uuid as doctor_id, birth_date, sex, r0,
      case when r1 % 200 = 0 then date '{YEAR}-01-01' + (r1 % 300)::int end as died_on,
      case when r1 % 200 = 1 then date '{YEAR}-01-01' + (r1 % 300)::int end as left_on,
      case when r1 % 200 = 2 then date '{YEAR - 1}-06-01' + (r1 % 300)::int end as cancelled_on,
      case when r1 % 1000 > 3 then date '2009-01-01' + (r1 % 3000)::int end as filed_on,
      case when r1 % 12 = 3 then date '{YEAR - 1}-01-01' + (r1 % 600)::int end as lives_here_since,
      birth_date < date '{YEAR - 40}-01-01' and r0 % 1000 < 240 as hypertensive,
      birth_date < date '{YEAR - 40}-01-01' and r0 // 1000 % 1000 < 56 as diabetic,
      birth_date < date '{YEAR - 64}-01-01' as old
    from (select n, n % {places} as v, hash(n, 'a') as r0, hash(n, 'b') as r1, 1 + hash(n, 'c') % 2 as sex,
      case when hash(n, 'd') % 100 < 21 then date '{YEAR - 90}-01-01' + (hash(n, 'e') % 9300)::int
           else date '{YEAR - 65}-01-01' + (hash(n, 'e') % 23700)::int end as birth_date
      from range({residents}) people(n))"""


def _fixed() -> dict[str, str]:
    return {
        "subjects": "select subject_id, sex::varchar as sex, birth_date, '1' as residence_type, lives_here_since, left_on, "
        "filed_on, cancelled_on, died_on, area_key, organization_id, doctor_id, 'active' as status from people",
        "episodes": _episodes("hypertension", "hypertensive")
        + " union all "
        + _episodes("diabetes", "diabetic"),
    }


def _episodes(kind: str, sick: str) -> str:
    r = f"hash(n, '{kind}')"
    return (
        f"select subject_id, '{kind}' as kind, date '2016-01-01' + ({r} % 3600)::int as started_on, case when {r} % 40 = 7 and {r} % 3600 < 3200 "
        f"then date '{YEAR}-02-01' + ({r} % 200)::int end as ended_on, area_key from people where {sick}"
    )


def _forms() -> dict[str, str]:
    """Who has records of a form: a condition about the person, and how many in the two years."""
    every = {
        "basic_information": ("true", "1", "2015-01-01", 3600),
        "htn_follow_up": ("hypertensive", "6 + n % 4", f"{YEAR - 1}-01-01", 730),
        "dm_follow_up": ("diabetic", "6 + n % 4", f"{YEAR - 1}-01-01", 730),
        "check_up": ("(old or hypertensive or diabetic) and r0 % 100 < 85", "2", f"{YEAR - 1}-02-01", 690),
        "outpatient_note": ("r0 % 100 < 22", "1 + n % 3", f"{YEAR - 1}-03-01", 670),
        "htn_first_pressure": ("r0 % 100 between 40 and 46", "1", f"{YEAR}-01-01", 360),
        "self_care_assessment": ("old and r0 % 100 < 70", "2", f"{YEAR - 1}-02-01", 690),
    }
    return {code: _records(code, *asked) for code, asked in every.items()}


def _records(code: str, who: str, number: str, first: str, days: int) -> str:
    """Rows of a form: spread evenly over the days; a third of the records lack some answers."""
    from gongwei import catalogue
    from gongwei.measures import live_facts

    form = catalogue.form(code)
    read = [name for name in live_facts.answers_read().get(code, ()) if name != "done_on"]
    named = sorted(read, key=lambda name: name == "outcome")  # the class comes from the values, so after them
    values = "".join(f', {_value(code, name, form.fields[name])} as "{name}"' for name in named)
    return (
        f"select subject_id, md5('{code}' || n || '-' || k)::uuid as record_id, done_on + 1 as entered_on, done_on{values}, "
        f"sex::varchar as subject_sex, birth_date as subject_birth_date, area_key from (select *, date '{first}' + ((k * {days} // m + hash(n, k, '{code}') % 60)::int % {days}) as done_on, "
        f"hash(n, k, 'whole') % 3 = 0 as gaps from (select *, unnest(range(m)) as k from (select *, {number} as m from people "
        f"where {who})))"
    )


#: What lifelike numbers are; all else is drawn from what the field allows.
NUMBERS = {
    "systolic": (112, 158), "diastolic": (68, 96), "systolic_left": (110, 160), "diastolic_left": (66, 96),
    "systolic_right": (110, 160), "diastolic_right": (66, 96), "fasting_glucose": (Decimal("4.4"), Decimal("8.4")),
    "postprandial_glucose": (Decimal("6.0"), Decimal("12.0")), "random_glucose": (Decimal("6.0"), Decimal("12.0")),
}  # fmt: skip
#: Codes that nearly everybody has (the first), the others seldom.
MOSTLY = {
    "result": ("1", "2"), "mode": ("1", "2", "3"), "adverse_reaction": ("1", "2"), "complication": ("0", "1", "2"),
    "hypoglycaemia": ("1", "2"), "ethnicity": ("01", "97"), "surgery": ("1", "2"), "injury": ("1", "2"),
    "transfusion": ("1", "2"), "genetic_disease": ("1", "2"), "occasion": ("1", "2"),
}  # fmt: skip
#: Answers few records have.
SELDOM = ("danger_signs", "outcome_reason", "referral_reason", "random_glucose", "postprandial_glucose")


def _value(code: str, name: str, field: Any) -> str:
    from gongwei.language import fields

    r = f"(hash(n, k, '{code}.{name}') // 7)"
    if name.endswith("_not_done") or name in ("fasting_glucose_mg",):
        return f"case when {r} % 60 = 0 then {_drawn(name, field, r)} end"
    if name in SELDOM:
        return f"case when {r} % 50 = 0 then {_drawn(name, field, r)} end"
    if name == "outcome":
        high = (
            '"systolic" >= 140 or "diastolic" >= 90' if code.startswith("htn") else '"fasting_glucose" >= 7.0'
        )
        ruled = f"case when {high} then '2' else '1' end"
        return f"case when gaps and {r} % 60 = 0 then '1' else {ruled} end"
    if isinstance(field, fields.Person):
        return "doctor_id"
    return f"case when gaps and {r} % 40 = 0 then null else {_drawn(name, field, r)} end"


def _drawn(name: str, field: Any, r: str) -> str:
    from gongwei.engines import columnar
    from gongwei.language import fields
    from gongwei.snapshots import moving

    of = moving.type_name(columnar.arrow_type(field))
    match field:
        case fields.Choice() if name in MOSTLY:
            first, *rest = MOSTLY[name]
            others = " ".join(f"when {place} then '{code}'" for place, code in enumerate(rest))
            return f"case {r} % 40 {others} else '{first}' end"
        case fields.Choice():
            codes = [option.code for option in field.options.items]
            return f"{codes!r}[1 + ({r} % {len(codes)})::int]"
        case fields.Choices():
            codes = [option.code for option in field.options.items][:3]
            return f"[{codes!r}[1 + ({r} % {len(codes)})::int]]"
        case fields.YesNo():
            return f"{r} % 3 = 0"
        case fields.Quantity():
            low, high = NUMBERS.get(name) or field.between or (0, 100)
            scale = 10**field.decimals
            low, span = int(Decimal(low) * scale), int((Decimal(high) - Decimal(low)) * scale) + 1
            return f"(({low} + ({r} % {span})::int)::decimal(18,0) / {scale})::{of}"
        case fields.Date():
            return f"done_on + ({r} % 45)::int"
        case fields.Rows():
            return f"null::{of}"
    return f"'*'::{of}"


def day() -> dt.date:
    """The last day of the year to date that is measured."""
    return dt.date(YEAR, 10, 31)
