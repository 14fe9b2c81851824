"""The system's side: a county's package taken in by the operations a county uses, and its year run; answers as plain values."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from tests.acceptance import messy, messy_files, messy_people
from tests.integration.measures.conftest import wait_for_others
from tests.integration.places import worlds

from gongwei.base import clock, jobs, scope
from gongwei.base.actors import Actor
from gongwei.interfaces.excel import staging, uploads
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.packages import operations as packages
from gongwei.places import actors as place_actors
from gongwei.places.models import Account, Area, AreaName, Duty, Organization, Practitioner, ServedArea
from gongwei.quality import catching as finding_catching
from gongwei.quality import following as finding_following
from gongwei.records import operations as records
from gongwei.records import queries as record_queries
from gongwei.records.answers import plain
from gongwei.records.models import Response
from gongwei.residents import operations as residents
from gongwei.residents import sealing
from gongwei.residents.models import Resident
from gongwei.tasks import catching as task_catching
from gongwei.tasks import following as task_following

AT = dt.datetime(2025, 10, 20, 2, 0, tzinfo=dt.UTC)
SINCE = worlds.SINCE
#: What the rules fill in where nobody answered.
DERIVED = ("outcome", "outcome_reason", "next_due_on", "bmi", "bmi_goal")
#: The kinds of the plain files, in the order in which one depends on the other.
TITLES = {title: kind for kind, title in messy_files.TITLES.items()}


@dataclass
class Said:
    """What became of a row: file, sheet, number, state, the rules that stopped it."""

    file: str
    sheet: str
    number: int
    kind: str
    state: str
    rules: frozenset[str]
    messages: tuple[str, ...]


@dataclass
class County:
    """The county as it stands in the system."""

    world: worlds.World
    said: list[Said] = field(default_factory=list)

    def actor(self, name: str) -> Actor:
        """Somebody's actor, e.g. township_clerk@WX1000."""
        role, code = name.split("@")
        duty = Duty.objects.filter(role=role, organization__code=code).order_by("id").first()
        assert duty is not None, name
        account = Account.objects.select_related("practitioner").get(practitioner=duty.practitioner_id)
        return place_actors.actor_for(account, duty, on=clock.day_of(AT))


def found(county: messy_people.County) -> County:
    """The county's places and staff, made straight in the tables (until a package brings them)."""
    world = worlds.World(AT)
    areas = [worlds._area(key, name) for key, name, _ in county.areas]
    Area.objects.bulk_create(areas)
    AreaName.objects.bulk_create(AreaName(area=area, name=area.name, from_on=SINCE) for area in areas)
    for each in county.institutions:
        world.organizations[each.code.lower()] = Organization(
            code=each.code, name=each.name, initials="x", kind=each.kind, area_id=each.seat,
            parent=world.organizations.get(each.parent.lower()), active_from=SINCE,
        )  # fmt: skip
    Organization.objects.bulk_create(world.organizations.values())
    ServedArea.objects.bulk_create(
        ServedArea(organization=world.organizations[each.code.lower()], area_id=key, from_on=SINCE)
        for each in county.institutions
        for key in (each.serves or [each.seat])
    )
    worlds.employ(world, [(each.organization.lower(), each.role) for each in county.staff])
    for each in county.staff:
        person = world.accounts[f"{each.role}@{each.organization.lower()}"].practitioner
        person.name = each.name
        person.save(update_fields=["name"])
    return County(world)


def plainly(county: County, written: messy.Written) -> None:
    """Bring plain workbooks in by uploads: residents by the clerks of the townships, forms by the county officer."""
    package = written.package
    for path in sorted(package.rglob("居民建档_*.xlsx")):
        town = next(
            i
            for i in written.county.institutions
            if i.name.startswith(path.stem.removeprefix("居民建档_")) and i.kind == "township_centre"
        )
        _uploaded(county, county.actor(f"township_clerk@{town.code}"), path, "residents", package)
    _episodes(county, written)
    for title, kind in TITLES.items():
        _uploaded(county, county.actor("county_officer@WX0001"), package / f"{title}.xlsx", kind, package)


def _uploaded(county: County, by: Actor, path: Path, kind: str, package: Path) -> None:
    with scope.acting(by):
        upload = uploads.receive_upload(
            by=by, at=AT, code=kind, file_name=path.name, content=path.read_bytes()
        )
    upload = _done(upload)
    assert upload.state == "checked", (path, upload.state, upload.problem, upload.notes)
    with scope.acting(by):
        uploads.apply_upload(by=by, at=AT, upload_id=upload.id)
    _done(upload)
    county.said += _said(upload, path.relative_to(package).as_posix(), kind)


def _done(upload: Upload) -> Upload:
    upload.refresh_from_db()
    run = jobs.run_now(upload.run_id)
    assert run.state == "succeeded", run.error_zh
    upload.refresh_from_db()
    return upload


def _said(upload: Upload, file: str, kind: str) -> Iterator[Said]:
    sheets = {each["place"]: each["name"] for each in upload.sheets}
    for row in UploadRow.objects.filter(upload=upload).order_by("position"):
        problems = [each for each in staging.problems_of(row) if each["severity"] == "block"]
        yield Said(
            file, "" if file.endswith(".csv") else sheets.get(row.sheet, ""), row.number, kind, row.state, frozenset(each["rule"] for each in problems),
            tuple(f"{each['heading']}：{each['reason']}" for each in problems),
        )  # fmt: skip


def _episodes(county: County, written: messy.Written) -> None:
    import openpyxl
    from tests.acceptance.naive import people

    known = by_number()
    sheet = openpyxl.load_workbook(written.package / "专案.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    for row in rows[1:]:
        said = dict(zip(rows[0], row, strict=True))
        person = next(each for each in written.county.people if each.old_number == said["档案编号"])
        resident = known.get(said["证件号码"] or f"{person.name} {person.born} {person.village}")
        if resident is None:
            continue
        by = _doctor(county, resident)
        episode = records.start_episode(
            by=by,
            at=AT,
            resident_id=resident.pk,
            kind=people.KINDS[said["管理病种"]],
            started_on=dt.date.fromisoformat(said["纳入管理日期"]),
        )
        if said["结束日期"]:
            records.end_episode(
                by=by,
                at=AT,
                episode_id=episode.pk,
                ended_on=dt.date.fromisoformat(said["结束日期"]),
                end_reason="9",
            )


def _doctor(county: County, resident: Resident) -> Actor:
    centre = Organization.objects.get(kind="township_centre", area_id=resident.area_id // 1000 * 1000).code
    return county.actor(f"township_doctor@{centre}")


def by_number() -> dict[str, Resident]:
    """Residents by what both sides call them: the number of their document, else name, birth date and village."""
    found = {}
    for each in Resident.objects.exclude(status="merged"):
        if each.pk not in _known:
            number = sealing.open_column(each, sealing.RESIDENT, "id_cipher") or ""
            nameless = not number or number.startswith("LS")
            _known[each.pk] = f"{each.name} {each.birth_date} {each.area_id}" if nameless else number
        found[_known[each.pk]] = each
    return found


#: What was unsealed once is asked for by every comparison.
_known: dict[UUID, str] = {}


def names() -> dict[UUID, str]:
    """The number of each resident by id."""
    return {each.pk: number for number, each in by_number().items()}


def afterwards(county: County, path: Path) -> None:
    """What happened after the county was taken over: deaths, departures, corrections, withdrawals."""
    known = by_number()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            resident = known.get(row["证件号码"])
            if resident is None:
                continue
            by = _doctor(county, resident)
            with clock.fixed(AT):
                if row["动作"] == "死亡":
                    residents.record_death(
                        by=by,
                        at=AT,
                        resident_id=resident.pk,
                        death_on=row["日期"],
                        cause="脑出血",
                        source="family",
                    )
                elif row["动作"] == "迁出":
                    residents.cancel(
                        by=by, at=AT, resident_id=resident.pk, reason="2", note="迁往外县", on=row["日期"]
                    )
                else:
                    _changed(by, resident, row)


def _changed(by: Actor, resident: Resident, row: dict[str, str]) -> None:
    mine = Response.objects.filter(
        resident=resident, form_code=row["表单"], done_on=row["服务日期"], status="final"
    )
    if mine.count() != 1:
        return
    response = mine.get()
    if row["动作"] == "作废":
        records.enter_in_error(by=by, at=AT, response_id=response.pk, reason="录错了人")
        return
    with scope.acting(by):
        answers = record_queries.response(by, response.pk).answers
    # What the rules derive is left to them again, as the paper of a correction does.
    kept = {name: value for name, value in answers.items() if name not in DERIVED}
    changed = row["新值"] if row["项目"] == "mode" else int(row["新值"])
    records.supersede_response(
        by=by,
        at=AT,
        response_id=response.pk,
        answers=plain({**kept, row["项目"]: changed}),
        reason="录入有误",
    )


def caught_up() -> None:
    """What the worker does when very many wait, as after a large import: plans, suspicions and findings set by set."""
    wait_for_others()
    with clock.fixed(AT):
        task_catching.catch_up(at=AT)
        finding_catching.catch_up()


def followed() -> None:
    """What follows the records: plans, suspicions, findings, as the worker does it within seconds."""
    wait_for_others()
    task_following.follow(AT)
    wait_for_others()
    with clock.fixed(AT):
        while finding_following.follow(limit=5_000):
            pass


def codes() -> dict[UUID, str]:
    """The code of each institution by id."""
    return dict(Organization.objects.values_list("id", "code"))


def staff_numbers() -> dict[UUID, str]:
    """What both sides call a doctor by: name and code of the institution."""
    return {
        key: f"{name}@{code}"
        for key, name, code in Practitioner.objects.values_list("id", "name", "organization__code")
    }


# ---- a package, as a county brings it ----


def begun(county: messy_people.County) -> County:
    """A county on its first day: province, city and county, its commission, and the two officers a package takes."""
    world = worlds.World(AT)
    areas = [worlds._area(key, name) for key, name, _ in county.areas if key % 10**6 == 0]
    Area.objects.bulk_create(areas)
    AreaName.objects.bulk_create(AreaName(area=area, name=area.name, from_on=SINCE) for area in areas)
    first = county.institutions[0]
    world.organizations[first.code.lower()] = Organization(
        code=first.code, name=first.name, initials="x", kind=first.kind, area_id=first.seat, active_from=SINCE
    )
    Organization.objects.bulk_create(world.organizations.values())
    ServedArea.objects.bulk_create(
        ServedArea(organization=each, area_id=first.seat, from_on=SINCE)
        for each in world.organizations.values()
    )
    worlds.employ(
        world, [(first.code.lower(), role) for role in ("system_admin", "county_officer", "finance_officer")]
    )
    return County(world)


def packaged(county: County, written: messy.Written) -> Package:
    """The package checked by the administrator, approved by the county officer, written."""
    admin, officer = county.actor("system_admin@WX0001"), county.actor("county_officer@WX0001")
    with scope.acting(admin):
        package = packages.receive(by=admin, at=AT, path=written.package)
        packages.check(by=admin, at=AT, package_id=package.id)
    _ran(package)
    with scope.acting(officer):
        packages.approve(by=officer, at=AT, package_id=package.id)
    with scope.acting(admin):
        packages.apply(by=admin, at=AT, package_id=package.id)
    _ran(package)
    for upload in Upload.objects.filter(package=package).order_by("position"):
        county.said += _said(upload, upload.file_name, upload.code)
    return package


def _ran(package: Package) -> None:
    run = packages.now(package)
    assert run.state == "succeeded", (run.error_zh, package.problem)
