"""``./gongwei serve``."""

import os

import click

from gongwei.site import database, service


@click.command(help="正式启动服务（不含演示数据）。例：./gongwei serve --host 0.0.0.0 --port 8000")
@service.options
def command(host: str, port: int | None) -> None:
    """Run the service on the county's own data."""
    server = "DATABASE_URL 指定的 PostgreSQL" if os.environ.get("DATABASE_URL") else "内置 PostgreSQL"
    service.run(
        host=host, port=port, furnish=lambda url: None, screen=lambda address: _screen(address, server)
    )


def _screen(address: service.Address, server: str) -> str:
    lines = [
        "",
        "公卫系统已启动",
        f"  网址　　　{address.url}",
        f"  正在运行　页面服务、后台任务、{server}",
        f"  数据位置　{database.home()}",
        "  停止　　　按 Ctrl-C",
    ]
    if address.host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("GONGWEI_HOSTS"):
        lines.append("  提示　　　供其他电脑访问时，请用 GONGWEI_HOSTS 列出允许的主机名或地址，以逗号分隔。")
    return "\n".join(lines)
