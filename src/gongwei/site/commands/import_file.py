"""``./gongwei import``: a filled workbook from the command line, by the same two steps as on the page."""

import time
from pathlib import Path
from typing import Any

import click

from gongwei.base import clock, jobs, problems, scope
from gongwei.interfaces.excel import returned, uploads
from gongwei.site.commands import signing


@click.command(
    help="导入填好的Excel。先检查；加 --apply 才写入。例：./gongwei import 随访.xlsx --form htn_follow_up --by dangan --apply"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", "code", required=True, help="表单代码，如 htn_follow_up；建档为 residents")
@click.option("--by", "username", required=True, help="以哪个账号的岗位导入（用户名）")
@click.option("--apply", "write", is_flag=True, help="检查后写入通过的行")
@click.option("--mapping", "title", help="已保存的列对应的名称（原系统的表格）")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="未通过的行另存为这个文件")
def command(
    file: Path, code: str, username: str, write: bool, title: str | None, errors: Path | None
) -> None:
    """Check a workbook and, if asked, write it."""
    by = signing.actor_of(username)
    try:
        with scope.acting(by):
            mapping = uploads.mappings(by, code).filter(title=title).first() if title else None
            if title and mapping is None:
                raise click.ClickException(f"没有名为“{title}”的列对应。")
            upload = uploads.receive_upload(
                by=by,
                at=clock.now(),
                code=code,
                file_name=file.name,
                content=file.read_bytes(),
                mapping_id=mapping.id if mapping else None,
            )
        _run(upload)
        if upload.problem:
            raise click.ClickException(upload.problem)
        for note in upload.notes:
            click.echo(note)
        if upload.state == upload.State.MAPPING:
            raise click.ClickException("列不能识别，请在页面“Excel导入”中指定各列后，用 --mapping 选用。")
        _tell(upload)
        if write:
            with scope.acting(by):
                upload = uploads.apply_upload(by=by, at=clock.now(), upload_id=upload.id)
            _run(upload)
            _tell(upload)
    except problems.Refused as refused:
        raise click.ClickException(f"{refused.message}{refused.hint or ''}") from refused
    if errors and upload.counts.get("rejected"):
        errors.write_bytes(returned.workbook(by, upload))
        click.echo(f"未通过的行：{errors}")


def _run(upload: Any) -> None:
    """Carry the upload's job out here; a worker that took it first is waited for by the lock of the run."""
    upload.refresh_from_db()
    while (run := jobs.run_now(upload.run_id)).state in ("queued", "running"):
        time.sleep(0.5)
    if run.state == "failed":
        raise click.ClickException(run.error_zh)
    upload.refresh_from_db()


def _tell(upload: Any) -> None:
    names = {"total": "共", "accepted": "通过", "questioned": "通过（有提示）", "existing": "已存在", "rejected": "未通过", "applied": "已写入"}  # fmt: skip
    click.echo(
        "，".join(
            f"{title} {upload.counts[name]:,} 行" for name, title in names.items() if upload.counts.get(name)
        )
    )
