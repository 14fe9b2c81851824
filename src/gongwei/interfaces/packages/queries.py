"""Reads on packages: the list, the report of one (sheet by sheet, every row accounted for), the rows that wait."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from gongwei.base import jobs, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.interfaces.excel import layouts, sources
from gongwei.interfaces.excel import queries as uploads
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.packages import acting, contents, order, totals
from gongwei.places import policy
from gongwei.residents import codes
from gongwei.residents import queries as residents

State = UploadRow.State
SHOWN = 50


@dataclass(frozen=True)
class SheetReport:
    """One sheet: where it stands, what it was taken for, and what became of its rows."""

    id: UUID
    file: str
    sheet: str
    kind: str
    title: str
    state: str
    state_title: str
    counts: dict[str, int]
    problem: str
    notes: list[str]
    kinds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether the parts make the total."""
        return totals.balanced([self.counts])


@dataclass(frozen=True)
class Report:
    """A package and all its sheets."""

    id: UUID
    name: str
    state: str
    state_title: str
    counts: dict[str, int]
    problem: str
    notes: list[str]
    sheets: list[SheetReport]

    @property
    def balanced(self) -> bool:
        """Whether every row read is accounted for, in every sheet."""
        return all(each.balanced for each in self.sheets)

    @property
    def unknown(self) -> list[SheetReport]:
        """The sheets nobody could tell."""
        return [each for each in self.sheets if each.state == Upload.State.MAPPING]


def package_list(actor: Actor) -> Any:
    """The packages an actor sees, the latest first; row-level security decides below it."""
    if not policy.may(actor, policy.PACKAGE_PREPARE):
        return Package.objects.none()
    return Package.objects.order_by("-created_at")


def package(actor: Actor, package_id: UUID) -> Package | None:
    """One of them."""
    found: Package | None = package_list(actor).filter(id=package_id).first()
    return found


def report(found: Package) -> Report:
    """What became of a package so far."""
    sheets = [_sheet(each) for each in Upload.objects.filter(package=found).order_by("position")]
    return Report(
        found.id,
        found.name,
        found.state,
        found.get_state_display(),
        totals.in_order(found.counts),
        found.problem,
        list(found.notes),
        sheets,
    )


def _sheet(upload: Upload) -> SheetReport:
    name = upload.sheets[0]["name"] if upload.sheets else ""
    return SheetReport(
        upload.id,
        upload.file_name,
        name,
        upload.code,
        order.title(upload.code),
        upload.state,
        upload.get_state_display(),
        totals.in_order(upload.counts),
        upload.problem,
        list(upload.notes),
        list(upload.kinds),
    )


def as_json(told: Report) -> dict[str, Any]:
    """The report for programs: numbers by state, for the whole and for each sheet."""
    return {
        "package": str(told.id),
        "name": told.name,
        "state": told.state,
        "balanced": told.balanced,
        "counts": told.counts,
        "problem": told.problem,
        "notes": told.notes,
        "sheets": [
            {
                "file": each.file,
                "sheet": each.sheet,
                "kind": each.kind,
                "state": each.state,
                "counts": each.counts,
                "problem": each.problem,
                "notes": each.notes,
                "reasons": [
                    {name: kind[name] for name in ("heading", "rule", "reason", "severity", "rows")}
                    for kind in each.kinds
                ],
            }
            for each in told.sheets
        ],
    }


def proposed_mapping(found: Package) -> str:
    """The mapping file that would tell the sheets nobody could tell, to be looked through by a person."""
    unknown = Upload.objects.filter(package=found, state=Upload.State.MAPPING).order_by("position")
    return sources.proposed([sources.NeedsMapping("", "", each.options["proposal"]) for each in unknown])


def may_see_rows(actor: Actor, found: Package) -> bool:
    """Whether an actor may look at single rows: whoever brought these files, and who sees residents."""
    return actor.account_id == found.account_id or policy.may(actor, policy.RESIDENT_VIEW)


def may_approve(actor: Actor, found: Package) -> bool:
    """Whether an actor is the second person a checked package needs."""
    return (
        found.state == Package.State.CHECKED
        and policy.may(actor, policy.PACKAGE_APPROVE)
        and actor.account_id != found.account_id
    )


def upload(found: Package, upload_id: UUID) -> Upload | None:
    """One sheet of a package."""
    return Upload.objects.filter(package=found, id=upload_id).first()


@dataclass(frozen=True)
class Candidate:
    """Somebody a waiting row may be: on file, or filed by another row of the package."""

    id: UUID
    said: str
    on_file: bool


@dataclass(frozen=True)
class WaitingRow:
    """A row a person must look at: its cells, what is doubtful, and whom it may be about."""

    id: UUID
    file: str
    title: str
    files_residents: bool
    shown: uploads.ShownRow
    columns: list[str]
    candidates: list[Candidate]


def waiting(actor: Actor, found: Package, after: UUID | None = None) -> tuple[list[WaitingRow], UUID | None]:
    """A page of the rows that wait for a person (not those that only wait with them), and where the next begins."""
    rows = UploadRow.objects.filter(upload__package=found, state=State.WAITING, candidates__isnull=False)
    if after is not None:
        rows = rows.filter(id__gt=after)
    some = list(rows.select_related("upload").order_by("id")[: SHOWN + 1])
    known = _candidates(actor, {key for row in some for key in row.candidates or ()})
    lines = [
        WaitingRow(
            row.id,
            row.upload.file_name,
            order.title(row.upload.code),
            row.upload.code == layouts.RESIDENTS,
            uploads.shown_row(row.upload, row),
            uploads.headings_of(row.upload),
            [known[key] for key in row.candidates or () if key in known],
        )
        for row in some[:SHOWN]
    ]
    return lines, some[SHOWN - 1].id if len(some) > SHOWN else None


def _candidates(actor: Actor, keys: set[UUID]) -> dict[UUID, Candidate]:
    found = {}
    for each in residents.visible_to(actor).filter(id__in=keys).select_related("area"):
        sex = codes.name("sex", each.sex)
        born = each.birth_date.isoformat()
        said = f"{each.name}，{sex}，{born}，{each.area.name}{each.address}，档案编号{each.record_no or '—'}"
        found[each.id] = Candidate(each.id, said, True)
    staged = UploadRow.objects.filter(id__in=keys - found.keys()).select_related("upload")
    for row in staged:
        cells = "，".join(filter(None, uploads.shown_row(row.upload, row).cells))
        found[row.id] = Candidate(row.id, f"本包“{row.upload.file_name}”第{row.number}行：{cells}", False)
    return found


def last_of(actor: Actor, place: Path, mapping: str) -> Package | None:
    """The last package of these very files in the actor's county, for undoing it."""
    digest = contents.describe(place, mapping).digest
    found = Package.objects.filter(area_key=acting.county_of(actor), digest=digest)
    return found.filter(applied_at__isnull=False).order_by("-created_at").first()


def run_of(found: Package) -> Any:
    """The last job of a package, whoever asked for it."""
    if found.run_id is None:
        return None
    with scope.as_owner("whoever sees the package sees how far it is"):
        return jobs.runs(SYSTEM).filter(id=found.run_id).first()
