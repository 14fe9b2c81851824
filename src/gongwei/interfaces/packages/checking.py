"""The check of a package: every source told its kind and staged, nothing written. Goes on after a kill with the sheets not done."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from gongwei.base import clock, commits
from gongwei.base.garbage import seldom_collected
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import headings, layouts, sources
from gongwei.interfaces.excel.checking import Tally
from gongwei.interfaces.excel.models import Package, PackagePerson, Upload, UploadRow
from gongwei.interfaces.excel.parsing import Wrong
from gongwei.interfaces.packages import contents, order, preview, sourcing, spreading, staged, totals
from gongwei.interfaces.packages.sourcing import Listed

State = Upload.State
PORTION = 1_000
#: The code of a sheet nobody could tell.
UNKNOWN = ""


def run(progress: Progress, package: Package) -> dict[str, Any]:
    """Check a package. Raises Refused for one that cannot be read, RowsLost for a sum that does not come out."""
    _set(package, state=Package.State.CHECKING, problem="")
    progress.start(None, "正在读取数据包")
    with contents.opened(package) as found, seldom_collected(), commits.flushed_together():
        listed = [
            Listed(place, source.path, source.place, _told(package, place, source, found))
            for place, source in enumerate(found)
        ]
        _set(package, notes=[*package.notes, *(note for note in found.notes if note not in package.notes)])
        in_order = sorted(listed, key=lambda each: (order.place(each.upload.code), each.place))
        seen = _structure(progress, package, found, in_order)
        many = package.size >= spreading.MANY_BYTES
        with spreading.spread(progress, many=many, names=seen.names, own_villages=seen.own_villages) as work:
            for each in in_order:
                if each.upload.state == State.CHECKING:
                    _sheet(progress, work, sourcing.again(found, each), each.upload)
    counts = totals.settle(package)
    _set(package, state=Package.State.CHECKED, checked_at=clock.now())
    contents.forget(package.id)
    return {totals.TITLES[name]: number for name, number in counts.items()}


def _set(package: Package, **values: Any) -> None:
    Package.objects.filter(id=package.id).update(**values)
    for name, value in values.items():
        setattr(package, name, value)


def _kept(upload: Upload, **values: Any) -> Upload:
    for name, value in values.items():
        setattr(upload, name, value)
    upload.save(update_fields=list(values))
    return upload


def _told(package: Package, place: int, source: sources.Source, found: sources.Package) -> Upload:
    """The sheet's upload with its kind, made at the first attempt; what an attempt left half done is begun anew."""
    upload = Upload.objects.filter(package=package, position=place).select_related("package").first()
    if upload is None:
        upload = Upload(
            package=package,
            position=place,
            code=UNKNOWN,
            account_id=package.account_id,
            actor=package.actor,
            file_name=source.path[-200:],
            size=0,
            digest=package.digest,
            created_at=clock.now(),
        )
        upload.save(force_insert=True)
    elif upload.state not in (State.WAITING, State.CHECKING):
        return upload
    _empty(upload)
    try:
        said = sources.told(source, found.mapping)
    except Refused as refused:
        return _kept(upload, state=State.REFUSED, problem=f"{refused.message}{refused.hint or ''}")
    if isinstance(said, sources.Skipped):
        return _kept(upload, state=State.DISCARDED, notes=[f"不导入：{said.reason}。"])
    if isinstance(said, sources.NeedsMapping):
        _unknown(upload, source, said)
        return upload
    return _kept(
        upload, state=State.CHECKING, code=said.kind, sheets=[said.plan.as_json], options=said.options
    )


def _empty(upload: Upload) -> None:
    rows = UploadRow.objects.filter(upload=upload)
    if upload.code == layouts.RESIDENTS:
        known = rows.filter(state=UploadRow.State.EXISTING).values("resident_id")
        for some in (rows.values("id"), known):
            PackagePerson.objects.filter(package=upload.package, row__in=some).delete()
    rows.delete()


# ---- the sheets ------------------------------------------------------------------------------------------------------


def _structure(
    progress: Progress, package: Package, found: sources.Package, in_order: Sequence[Listed]
) -> preview.Preview:
    """Rehearse and stage the sheets of areas, organizations and staff; the others need what they bring.

    Sheets that an earlier attempt staged take part again: the others lean on them.
    """
    progress.start(None, "正在核对区划、机构和人员")
    mine = []
    for each in in_order:
        if each.upload.code in order.STRUCTURE and each.upload.state in (State.CHECKING, State.CHECKED):
            source, plan = sourcing.again(found, each), headings.Plan(**each.upload.sheets[0])
            mine.append((source, each.upload, list(sourcing.lines(source, plan))))
    seen = preview.rehearse(package, [(upload, lines) for _, upload, lines in mine])
    for (source, upload, _), (sheet, lines, states) in zip(mine, seen.outcomes, strict=True):
        if upload.state == State.CHECKING:
            with transaction.atomic():
                _done(upload, source, sheet.stage(lines, states), len(lines))
    return seen


def _sheet(progress: Progress, work: spreading.Spread, source: sources.Source, upload: Upload) -> None:
    plan = headings.Plan(**upload.sheets[0])
    progress.start(None, f"正在检查：{source.title}")
    total = 0
    for lines in staged.portions(sourcing.lines(source, plan), PORTION, order.together(upload.code, plan)):
        work.give("check", (upload.id, lines), len(lines))
        total += len(lines)
    # The next sheet may be about the people of this one.
    _done(upload, source, work.collected(), total)


def _done(upload: Upload, source: sources.Source, tally: Tally, total: int) -> None:
    upload.counts = {"total": total}
    _kept(
        upload,
        state=State.CHECKED,
        counts=totals.of_upload(upload),
        kinds=staged.reasons_of(tally),
        notes=sourcing.notes_of(source, headings.Plan(**upload.sheets[0]), upload.code),
        checked_at=clock.now(),
    )


def _unknown(upload: Upload, source: sources.Source, said: sources.NeedsMapping) -> None:
    """Stage the rows of a sheet nobody can tell as refused, each in its own columns, so that none is lost."""
    plan = headings.fullest(source.sheet, source.place, source.head())
    plan.columns = [f"?{place}" for place, _ in enumerate(plan.headings)]
    _kept(
        upload,
        state=State.CHECKING,
        code=UNKNOWN,
        sheets=[plan.as_json],
        problem=f"{said.message}{said.hint}",
        options={"proposal": said.proposal},
    )
    wrong = Wrong("", "", "", "", said.message.rstrip("。"), said.hint.rstrip("。"), "unmapped")
    total = 0
    for lines in staged.portions(sourcing.lines(source, plan), PORTION):
        staged.stage_refused(upload.id, lines, wrong)
        total += len(lines)
    upload.counts = {"total": total}
    _kept(upload, state=State.MAPPING, counts=totals.of_upload(upload), notes=list(source.notes))
