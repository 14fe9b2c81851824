"""报表溯源: a reported figure opened again, and what became of it: two runs of one period beside each other, person by person.

A later correction does not change a report; it shows as a difference between two runs, with what caused it: records entered,
corrected or withdrawn between the two cuts, changes of the person's own data, or another definition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.language.measures import Measure
from gongwei.measures import figures, run_files, run_persons
from gongwei.measures.figures import Place
from gongwei.measures.models import MeasureReport, Run
from gongwei.places import queries as places
from gongwei.records import definitions
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking

#: What became of a response between two cuts.
ENTERED, CORRECTED, WITHDRAWN = "entered", "corrected", "withdrawn"
#: Other causes: the person's own data, management, the place counted under.
DATA, EPISODE, PLACE = "data", "episode", "place"
_ATTRIBUTES = {
    "sex": "性别",
    "birth_date": "出生日期",
    "residence_type": "常住类型",
    "lives_here_since": "居住起始日期",
    "left_on": "迁出日期",
    "filed_on": "建档日期",
    "cancelled_on": "注销日期",
    "died_on": "死亡日期",
}
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that changed between the two cuts and that the measure reads. `response_id` opens the filled form."""

    kind: str
    text: str
    response_id: UUID | None = None
    form_code: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A person who stands elsewhere: side before and after (None: not in the figure at all), the parts that changed."""

    resident_id: UUID
    name: str
    village: str
    was: str | None
    now: str | None
    parts: Mapping[str, tuple[bool | None, bool | None]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs of one figure. notes: what concerns everybody (another definition, other parameters). counts: how many persons
    came into or left the figure, or changed a part, by (side before, side after)."""

    notes: tuple[str, ...]
    counts: Mapping[tuple[str | None, str | None], int]
    lines: tuple[Changed, ...]
    total: int
    after: str | None = None


def verify(run: Run) -> list[str]:
    """Open a run again: what is not as it was when it was made, in words; empty when files and figures are all right."""
    from gongwei.measures import run_subjects

    wrong: list[str] = []
    database = run_subjects.reader()
    for period, programmes in run.files.items():
        for programme, said in programmes.items():
            try:
                path = run_files.opened(run.id, run.files, period, programme)
            except Refused as refused:
                wrong.append(f"{period} {catalogue.programme(programme).title}：{refused.message}")
                continue
            wrong += _recounted(run, database, path, period, programme, said["rows"])
    return wrong


def _recounted(run: Run, database: Any, path: Any, period: str, programme: str, rows: int) -> list[str]:
    """The figures of the highest areas, counted again from the persons."""
    from gongwei.measures import run_subjects

    file = _file(path)
    wrong = []
    if run_subjects.rows(database, f"select count(*) as n from {file}")[0]["n"] != rows:
        wrong.append(f"{period}：逐人明细行数与计算时不一致")
    for measure in catalogue.programme(programme).measures:
        if run.definitions.get(measure.code) != catalogue.digest(measure):
            continue  # its construction then is not the construction now; the parts of each person are kept
        sides = ", ".join(
            f"count(*) filter (where {run_persons.condition(measure, side)}) as {side}_"
            for side in figures.SIDES
        )
        tops = MeasureReport.objects.filter(
            run=run, period=period, measure=measure.code, place__kind=figures.AREA
        )
        for report in tops.filter(place__parent=None).select_related("place"):
            place = Place(figures.AREA, report.place.key, report.place.name, report.place.level)
            sql = f"select {sides} from {file} where {run_persons.inside(run, place)}"
            found = run_subjects.rows(database, sql)[0]
            counted = found["in_"] + found["out_"], found["in_"], found["excluded_"]
            if counted != (report.denominator, report.numerator, report.excluded):
                wrong.append(f"{period} {measure.code} {place.name}：逐人明细与结果不一致")
    return wrong


def between(
    actor: Actor,
    before: Run,
    after: Run,
    *,
    measure_code: str,
    period_code: str,
    place: Place,
    cursor: str | None = None,
    limit: int = 50,
) -> Difference:
    """Who stands elsewhere in a figure of two runs, with the causes; what was seen is written to the access log.

    Only persons counted in areas the actor reaches, by either run.

    Raises:
        Refused: no such measure, person rows removed or damaged.
    """
    measure = run_persons.measure_of(measure_code)
    if not 1 <= limit <= LARGEST:
        raise Refused("请求不正确。", code="limit")
    rows, counts = _moved(actor, before, after, measure, period_code, place, cursor, limit)
    ids = [each["subject_id"] for each in rows]
    known = dict(residents.visible_to(actor).filter(id__in=ids).values_list("id", "name"))
    villages = places.names_of_areas({each["area_key"] for each in rows})
    causes = _causes(before, after, measure, rows)
    lines = [
        Changed(
            each["subject_id"],
            masking.masked_name(known[each["subject_id"]])
            if each["subject_id"] in known
            else run_persons.GONE,
            villages.get(each["area_key"], ""),
            each["was"],
            each["now"],
            {
                fact.label: (each[f"was_{fact.code}"], each[f"now_{fact.code}"])
                for fact in measure.facts
                if each[f"was_{fact.code}"] is not each[f"now_{fact.code}"]
            },
            tuple(causes.get(each["subject_id"], ())),
        )
        for each in rows
    ]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=ids,
        query={"run": str(after.id), "before": str(before.id), "measure": measure_code, "place": place.key},
        area_key=place.area_key,
    )
    total = sum(counts.values())
    more = len(rows) == limit and (cursor is not None or total > limit)
    return Difference(
        notes(before, after, measure),
        counts,
        tuple(lines),
        total,
        f"{rows[-1]['area_key']}:{rows[-1]['subject_id']}" if more else None,
    )


def notes(before: Run, after: Run, measure: Measure) -> tuple[str, ...]:
    """What of two runs concerns everybody."""
    found = []
    if before.definitions.get(measure.code) != after.definitions.get(measure.code):
        found.append("两次计算之间指标的定义有变化")
    for code in sorted({*before.parameters, *after.parameters}):
        if before.parameters.get(code) != after.parameters.get(code):
            definition = catalogue.current().parameters.definitions.get(code)
            found.append(f"参数“{definition.title if definition else code}”的取值有变化")
    return tuple(found)


def _file(path: Any) -> str:
    return f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"


def _side(measure: Measure) -> str:
    """SQL for the side a person is on; null for nobody of the figure's."""
    whens = " ".join(f"when {run_persons.condition(measure, side)} then '{side}'" for side in figures.SIDES)
    return f"case {whens} end"


def _moved(
    actor: Actor,
    before: Run,
    after: Run,
    measure: Measure,
    period: str,
    place: Place,
    cursor: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], dict[tuple[str | None, str | None], int]]:
    from gongwei.measures import run_subjects

    programme = run_persons.programme_of(measure)
    parts = ", ".join(f'"{fact.code}"' for fact in measure.facts)
    sides = {}
    for name, run in (("w", before), ("n", after)):
        file = _file(run_files.opened(run.id, run.files, period, programme))
        where = f"{run_persons.inside(run, place)} and ({run_persons.reached(actor)})"
        sides[name] = (
            f"select subject_id, area_key, {parts}, {_side(measure)} as side from {file} where {where}"
        )
    both = ", ".join(
        f'w."{fact.code}" as "was_{fact.code}", n."{fact.code}" as "now_{fact.code}"'
        for fact in measure.facts
    )
    unequal = " or ".join(
        ["w.side is distinct from n.side"]
        # A part matters where the person is in the figure at all.
        + [f'w."{fact.code}" is distinct from n."{fact.code}"' for fact in measure.facts]
    )
    differing = (
        "select coalesce(n.subject_id, w.subject_id) as subject_id, coalesce(n.area_key, w.area_key) as area_key, "
        f"w.area_key as was_area, n.area_key as now_area, w.side as was, n.side as now, {both} "
        f"from ({sides['w']}) w full join ({sides['n']}) n on n.subject_id = w.subject_id "
        f"where (w.side is not null or n.side is not null) and ({unequal})"
    )
    database = run_subjects.reader()
    counts = {
        (each["was"], each["now"]): each["n"]
        for each in run_subjects.rows(
            database, f"select was, now, count(*) as n from ({differing}) group by 1, 2"
        )
    }
    where = ""
    if cursor is not None:
        area, subject = run_persons.read_cursor(cursor)
        where = f"where area_key > {area} or area_key = {area} and subject_id > '{subject}'"
    sql = f"select * from ({differing}) {where} order by area_key, subject_id limit {int(limit)}"
    rows = run_subjects.rows(database, sql)
    for each in rows:
        each["subject_id"] = run_subjects.as_id(each["subject_id"])
    return rows, counts


def _causes(
    before: Run, after: Run, measure: Measure, rows: Sequence[Mapping[str, Any]]
) -> dict[UUID, list[Cause]]:
    """What changed of these persons between the two snapshots, of all that the measure reads."""
    from gongwei.measures import run_subjects

    if not rows:
        return {}
    try:
        was, now = run_subjects.reader(before.snapshot_id), run_subjects.reader(after.snapshot_id)
    except LookupError:
        return {}
    keys = {each["subject_id"] for each in rows}
    areas = {int(area) for each in rows for area in (each["was_area"], each["now_area"]) if area is not None}
    chosen = (
        f"area_key in ({', '.join(map(str, sorted(areas)))}) and "
        f"subject_id in ({', '.join(run_subjects.quoted(key) for key in keys)})"
    )
    found: dict[UUID, list[Cause]] = defaultdict(list)
    forms = sorted(form.code for form in run_subjects.forms_read(measure))
    for key, cause in (
        *_responses(was, now, chosen, forms),
        *_data(was, now, chosen),
        *_episodes(was, now, chosen),
    ):
        found[key].append(cause)
    for each in rows:
        if (
            each["was_area"] is not None
            and each["now_area"] is not None
            and each["was_area"] != each["now_area"]
        ):
            names = places.names_of_areas([each["was_area"], each["now_area"]])
            text = f"由{names.get(each['was_area'], each['was_area'])}转入{names.get(each['now_area'], each['now_area'])}"
            found[each["subject_id"]].append(Cause(PLACE, text))
    return found


def _responses(was: Any, now: Any, chosen: str, forms: Sequence[str]) -> Iterable[tuple[UUID, Cause]]:
    from gongwei.measures import run_subjects

    if not forms:
        return
    listed = ", ".join(f"'{code}'" for code in forms)
    sql = (
        "select record_id, subject_id, form_code, done_on, status, supersedes from responses "
        f"where {chosen} and form_code in ({listed}) order by done_on, record_id"
    )
    known = {run_subjects.as_id(each["record_id"]): each for each in run_subjects.rows(was, sql)}
    for each in run_subjects.rows(now, sql):
        identity = run_subjects.as_id(each["record_id"])
        earlier = known.get(identity)
        # Superseded: the correction that did it stands here by itself.
        if each["status"] == "superseded" or (earlier is not None and earlier["status"] == each["status"]):
            continue
        said = f"{definitions.title(each['form_code'])}（{each['done_on']:%Y-%m-%d}）"
        if each["status"] == "entered_in_error":
            kind, text = WITHDRAWN, f"{said}作废"
        elif earlier is None and each["supersedes"] is not None:
            kind, text = CORRECTED, f"{said}更正"
        else:
            kind, text = ENTERED, f"{said}录入"
        yield run_subjects.as_id(each["subject_id"]), Cause(kind, text, identity, each["form_code"])


def _data(was: Any, now: Any, chosen: str) -> Iterable[tuple[UUID, Cause]]:
    from gongwei.measures import run_subjects

    sql = f"select subject_id, {', '.join(_ATTRIBUTES)} from subjects where {chosen}"
    known = {run_subjects.as_id(each["subject_id"]): each for each in run_subjects.rows(was, sql)}
    for each in run_subjects.rows(now, sql):
        key = run_subjects.as_id(each["subject_id"])
        if key not in known:
            yield key, Cause(DATA, "居民档案新建")
            continue
        changed = [title for name, title in _ATTRIBUTES.items() if known[key][name] != each[name]]
        if changed:
            yield key, Cause(DATA, f"{'、'.join(changed)}有变化")


def _episodes(was: Any, now: Any, chosen: str) -> Iterable[tuple[UUID, Cause]]:
    from gongwei.measures import run_subjects

    sql = f"select subject_id, kind, started_on, ended_on from episodes where {chosen} order by 1, 2, 3, 4"
    sets = []
    for each in (was, now):
        held: dict[UUID, set[tuple[Any, ...]]] = defaultdict(set)
        for line in run_subjects.rows(each, sql):
            held[run_subjects.as_id(line["subject_id"])].add(
                (line["kind"], line["started_on"], line["ended_on"])
            )
        sets.append(held)
    for key in sorted({*sets[0], *sets[1]}):
        for kind in sorted({kind for kind, *_ in sets[0][key] ^ sets[1][key]}):
            yield key, Cause(EPISODE, f"{catalogue.episode(kind).title}的起止有变化")
