"""The commands of ``./gongwei``: one table, loaded lazily, so that ``--help`` imports neither Django nor a command.

A command that wants the database gets it ready before its module is even imported: server running, ``DATABASE_URL``
set, Django set up, migrations applied. So command modules may import models at their top.
"""

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

SETTINGS = "gongwei.site.settings"


@dataclass(frozen=True)
class Entry:
    """One line of the table. ``target`` is ``module:attribute`` and names a click command."""

    name: str
    summary: str
    example: str
    target: str
    database: str | None = None
    """``"county"``: the county's database; ``"bench"``: a database apart, so that measuring spoils nothing."""


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "使用",
        (
            Entry("demo", "建立演示县并启动，马上可以试用", "./gongwei demo", "demo:command"),
            Entry("serve", "正式启动服务（不含演示数据）", "./gongwei serve --port 8000", "serve:command"),
            Entry(
                "setup",
                "新装系统的第一步：设立县区、机构和三名管理员",
                "./gongwei setup --from 本县.yaml",
                "setup:command",
                "county",
            ),
            Entry("worker", "只启动后台任务进程", "./gongwei worker", "worker:command", "county"),
        ),
    ),
    (
        "数据",
        (
            Entry("migrate", "把数据库升级到当前版本", "./gongwei migrate", "migrate:command"),
            Entry(
                "simulate",
                "生成模拟的县域数据",
                "./gongwei simulate --residents 20000 --seed 1 --years 3",
                "simulate:command",
                "county",
            ),
            Entry(
                "tasks",
                "重新计算全部待办",
                "./gongwei tasks rebuild",
                "tasks:command",
                "county",
            ),
            Entry(
                "rotate-keys",
                "更换加密密钥，中断后可接着做",
                "./gongwei rotate-keys --status",
                "rotate_keys:command",
                "county",
            ),
            Entry(
                "import",
                "导入原系统的数据包（先检查，另一人批准后写入，可撤销），或一张填好的表",
                "./gongwei import 数据包/ --by xitong --approved-by xianji --apply",
                "import_file:command",
                "county",
            ),
            Entry(
                "export",
                "导出填报表为Excel，可再导入",
                "./gongwei export 随访.xlsx --form htn_follow_up --by dangan",
                "export_file:command",
                "county",
            ),
            Entry(
                "snapshot",
                "写、列出、核对数据快照",
                "./gongwei snapshot take --reason 季度报表",
                "snapshot:command",
                "county",
            ),
            Entry(
                "measure",
                "计算指标并显示结果",
                "./gongwei measure --period 2026 --format csv",
                "measure:command",
                "county",
            ),
            Entry(
                "evaluate",
                "绩效评价：建立轮次、评分、公示、查看得分",
                "./gongwei evaluate scores --year 2025 --by pingjia",
                "evaluate:command",
                "county",
            ),
            Entry(
                "settle",
                "计算年度结算并显示结果",
                "./gongwei settle --year 2025 --format csv",
                "settle:command",
                "county",
            ),
            Entry(
                "audit-verify",
                "核验审计日志是否被改动",
                "./gongwei audit-verify",
                "audit_verify:command",
                "county",
            ),
        ),
    ),
    (
        "备份",
        (
            Entry(
                "backup",
                "备份整个系统（密钥另行保管）",
                "./gongwei backup --reason 升级前",
                "backup:command",
            ),
            Entry(
                "restore",
                "从备份恢复到最后或某一时刻",
                "./gongwei restore --to 2026-11-22T09:30:00",
                "restore:command",
            ),
        ),
    ),
    (
        "开发",
        (
            Entry("test", "检查代码并运行全部测试", "./gongwei test", "test:command"),
            Entry("check", "只检查代码：格式、类型、分层、迁移、词汇", "./gongwei check", "check:command"),
            Entry("docs", "根据定义生成数据字典、规则、指标等文档", "./gongwei docs", "docs:command"),
            Entry(
                "bench",
                "测量速度，最后一行输出一个 JSON",
                "./gongwei bench search --residents 20000",
                "bench:command",
                "bench",
            ),
        ),
    ),
)
ENTRIES = {entry.name: entry for _, entries in SECTIONS for entry in entries}


class Commands(click.Group):
    """The table above as a click group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A stand-in that prepares what the command needs and only then imports it."""
        entry = ENTRIES.get(cmd_name)
        if entry is None:
            return None

        def run(arguments: tuple[str, ...]) -> None:
            with _prepared(entry, only_help="--help" in arguments):
                status = target(entry).main(
                    args=list(arguments), prog_name=f"gongwei {entry.name}", standalone_mode=False
                )
            if isinstance(status, int) and status:
                raise click.exceptions.Exit(
                    status
                )  # click hands it over as a value; it must not be lost here

        return click.Command(
            entry.name,
            callback=run,
            params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command in plain Chinese with one example."""
        width = max(map(len, ENTRIES))
        formatter.write("公卫：县域基本公共卫生服务管理系统\n\n用法：./gongwei 命令 [选项]\n")
        for title, entries in SECTIONS:
            formatter.write(f"\n{title}\n")
            for entry in entries:
                formatter.write(f"  {entry.name:<{width}}  {entry.summary}\n")
                formatter.write(f"  {'':<{width}}  例：{entry.example}\n")
        formatter.write("\n每个命令的选项：./gongwei 命令 --help\n")
        formatter.write("数据放在 GONGWEI_HOME（默认为程序目录下的 .gongwei）；\n")
        formatter.write("设置 DATABASE_URL=postgres://用户:密码@主机:端口/库名 时，改用自备的 PostgreSQL。\n")


def target(entry: Entry) -> click.Command:
    """Import the command of an entry."""
    module, _, attribute = entry.target.partition(":")
    command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"{entry.target} is no click command")
    return command


@contextlib.contextmanager
def _prepared(entry: Entry, *, only_help: bool) -> Iterator[None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if entry.database is None:
        yield
    elif only_help:
        os.environ.setdefault("DATABASE_URL", "postgres://127.0.0.1:1/none")  # never asked
        importlib.import_module("django").setup()
        yield
    else:
        database = importlib.import_module("gongwei.site.database")
        with database.ready(apart=entry.database == "bench"):
            yield


@click.command(cls=Commands, invoke_without_command=True)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Show the help when no command is named."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Entry of ``./gongwei`` and ``python -m gongwei.site.commands``: errors for people in Chinese, on one line."""
    try:
        status = group.main(prog_name="gongwei", standalone_mode=False)
    except click.exceptions.NoSuchOption as error:
        status = _refuse(f"没有这个选项：{error.option_name}。用 --help 查看可用的选项。")
    except click.UsageError as error:
        if error.ctx is not None and error.ctx.command is group:
            status = _refuse("没有这个命令。用 ./gongwei --help 查看全部命令。")
        else:
            status = _refuse(error.format_message())
    except click.ClickException as error:
        status = _refuse(error.format_message(), 1)
    except (click.Abort, KeyboardInterrupt):
        status = _refuse("\n已停止。", 130)
    except Exception as error:
        if os.environ.get("GONGWEI_DEBUG") == "1":
            raise
        status = _refuse(f"出现意外错误（{type(error).__name__}），详细情况见 {_keep(error)}", 1)
    sys.exit(status if isinstance(status, int) else 0)


def _keep(error: Exception) -> Path:
    """Write the traceback where whoever is asked for help finds it."""
    log = Path(os.environ.get("GONGWEI_HOME", ".gongwei")) / "logs" / "error.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return log


def _refuse(text: str, status: int = 2) -> int:
    click.echo(text, err=True)
    return status
