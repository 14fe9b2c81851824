"""``./gongwei import``: a county's old data as one package (folder, zip, file), or one filled sheet of one form."""

from pathlib import Path

import click

from gongwei.base import clock, problems, scope
from gongwei.base.actors import Actor
from gongwei.interfaces.excel import returned, uploads
from gongwei.interfaces.packages import deciding, operations, queries, refused, totals
from gongwei.interfaces.packages.queries import Report
from gongwei.site.commands import import_report, progress_bar, signing


@click.command(
    help="""导入原系统的数据包（文件夹、zip或单个文件），或一张填好的表。

\b
数据包：先检查；另一人批准后才写入。中断后原样再运行一次，即从断处接着做。例：
  ./gongwei import 数据包/ --by xitong                                检查，显示各文件的行数
  ./gongwei import 数据包/ --by xitong --approved-by xianji --apply   批准并写入
  ./gongwei import 数据包/ --by xianji --undo 数据有误                整体撤销
一张表，例：./gongwei import 随访.xlsx --form htn_follow_up --by dangan --apply"""
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--by", "username", required=True, help="以哪个账号的岗位办理（用户名）")
@click.option("--approved-by", "approver", help="批准写入的人（用户名），不能与 --by 是同一人")
@click.option("--mapping", help="对应文件（mapping.yaml）；与 --form 同用时为已保存的列对应的名称")
@click.option("--check", "only_check", is_flag=True, help="只检查，不写入（不写 --apply 时就是这样）")
@click.option("--apply", "write", is_flag=True, help="检查后写入")
@click.option("--undo", "undo_reason", metavar="原因", help="整体撤销已写入的数据包，写明原因")
@click.option(
    "--propose-mapping",
    "proposal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把不能识别的表写成对应文件的初稿，改好后用 --mapping 选用",
)
@click.option(
    "--refused",
    "--errors",
    "errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="未写入的行（附原因）另存为这个xlsx文件，改好后可再导入",
)
@click.option("--waiting", is_flag=True, help="列出等待人工核对的行")
@click.option(
    "--decide",
    "decisions",
    multiple=True,
    metavar="行=结果",
    help="核对一行：行编号=new（不是同一人）、left_out（不导入）或居民编号（是这一位）；可写多次",
)
@click.option(
    "--format", "style", type=click.Choice(import_report.STYLES), default="text", help="报告的格式，默认text"
)
@click.option("--form", "code", help="只导入一张表：表单代码，如 htn_follow_up；建档为 residents")
def command(
    path: Path,
    username: str,
    approver: str | None,
    mapping: str | None,
    only_check: bool,
    write: bool,
    undo_reason: str | None,
    proposal: Path | None,
    errors: Path | None,
    waiting: bool,
    decisions: tuple[str, ...],
    style: str,
    code: str | None,
) -> None:
    """Bring a package in, or one sheet."""
    if only_check and write:
        raise click.UsageError("--check 和 --apply 只能写一个")
    by = signing.actor_of(username)
    try:
        if code:
            _one_sheet(path, by, code, mapping, write, errors)
            return
        package = _received(path, by, mapping, undo=undo_reason is not None)
        quiet = style != "text"
        if undo_reason is not None:
            package = operations.undo(by=by, at=clock.now(), package_id=package.id, reason=undo_reason)
            _carried_out(package, quiet)
        else:
            _checked(package, by, quiet)
            for each in decisions:
                _decide(by, each)
            if write and package.state != package.State.REFUSED:
                _written(package, by, approver, quiet)
    except problems.Refused as refusal:
        raise click.ClickException(f"{refusal.message}{refusal.hint or ''}") from refusal
    package.refresh_from_db()
    report = queries.report(package)
    import_report.show(report, style)
    if waiting:
        import_report.show_waiting(by, package)
    _files(by, package, report, proposal, errors, quiet)
    if package.state == package.State.REFUSED:
        raise click.ClickException(package.problem)


def _received(path: Path, by: Actor, mapping: str | None, *, undo: bool) -> queries.Package:
    text = ""
    if mapping:
        file = Path(mapping)
        if not file.is_file():
            raise click.ClickException(f"没有这个对应文件：{mapping}")
        text = file.read_text("utf-8-sig")
    if undo:
        found = queries.last_of(by, path, text)
        if found is None:
            raise click.ClickException("没有导入过这个数据包。")
        return found
    return operations.receive(by=by, at=clock.now(), path=path, mapping=text)


def _checked(package: queries.Package, by: Actor, quiet: bool) -> None:
    if package.state in (package.State.RECEIVED, package.State.CHECKING):
        operations.check(by=by, at=clock.now(), package_id=package.id)
        _carried_out(package, quiet)


def _written(package: queries.Package, by: Actor, approver: str | None, quiet: bool) -> None:
    if package.state == package.State.CHECKED:
        if approver is None:
            raise click.ClickException(
                "写入须由另一人批准：加 --approved-by 用户名，或请县级管理人员在“数据包”页面批准。"
            )
        second = signing.actor_of(approver)
        operations.approve(by=second, at=clock.now(), package_id=package.id)
    operations.apply(by=by, at=clock.now(), package_id=package.id)
    _carried_out(package, quiet)


def _carried_out(package: queries.Package, quiet: bool) -> None:
    package.refresh_from_db()
    with progress_bar.shown(package.run_id, quiet):
        run = operations.now(package)
    if run.state == "failed" and package.state != package.State.REFUSED:
        raise click.ClickException(run.error_zh)
    if run.state == "cancelled":
        raise click.ClickException("任务已取消；再运行一次即可接着做。")


def _decide(by: Actor, text: str) -> None:
    row, equal, said = text.partition("=")
    key, resident = signing.uuid_of(row), signing.uuid_of(said)
    if not equal or key is None or (resident is None and said not in ("new", "left_out")):
        raise click.ClickException(
            f"“{text}”看不懂，请写成“行编号=new”“行编号=left_out”或“行编号=居民编号”。"
        )
    deciding.decide(
        by=by,
        at=clock.now(),
        row_id=key,
        decision="same" if resident else said,
        resident_id=resident,
    )


def _files(
    by: Actor,
    package: queries.Package,
    report: Report,
    proposal: Path | None,
    errors: Path | None,
    quiet: bool,
) -> None:
    if proposal is not None:
        if report.unknown:
            proposal.write_text(queries.proposed_mapping(package), "utf-8")
            click.echo(f"对应文件的初稿：{proposal}（{len(report.unknown)}个表）", err=True)
        else:
            click.echo("各表都已识别，不需要对应文件。", err=True)
    if errors is not None and refused.count(package):
        rows = refused.write(by, package, errors)
        click.echo(f"未写入的行：{errors}（{rows:,} 行）", err=quiet)


# ---- one sheet -------------------------------------------------------------------------------------------------------


def _one_sheet(path: Path, by: Actor, code: str, title: str | None, write: bool, errors: Path | None) -> None:
    """A filled sheet of one form by the same two steps as on the page."""
    if not path.is_file():
        raise click.ClickException("与 --form 同用时应给出一个文件。")
    with scope.acting(by):
        mapping = uploads.mappings(by, code).filter(title=title).first() if title else None
        if title and mapping is None:
            raise click.ClickException(f"没有名为“{title}”的列对应。")
        upload = uploads.receive_upload(
            by=by,
            at=clock.now(),
            code=code,
            file_name=path.name,
            content=path.read_bytes(),
            mapping_id=mapping.id if mapping else None,
        )
    signing.carried_out(upload)
    if upload.problem:
        raise click.ClickException(upload.problem)
    for note in upload.notes:
        click.echo(note)
    if upload.state == upload.State.MAPPING:
        raise click.ClickException("列不能识别，请在页面“Excel导入”中指定各列后，用 --mapping 选用。")
    click.echo(totals.told(upload.counts))
    if write:
        with scope.acting(by):
            upload = uploads.apply_upload(by=by, at=clock.now(), upload_id=upload.id)
        signing.carried_out(upload)
        click.echo(totals.told(upload.counts))
    if errors and upload.counts.get("rejected"):
        errors.write_bytes(returned.workbook(by, upload))
        click.echo(f"未通过的行：{errors}")
