"""What two cities published, beside what the measures make of cities whose records yield these counts.

    ./gongwei bench cities
    ./gongwei bench cities --scale 0.01 --city wuxi

Each city is written as Parquet in the layout of a snapshot and measured by the path of a run, for its year. Figures of
programmes still to come are listed as open. No database is asked.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

HEADINGS = ("指标", "代码", "公布", "公布率", "计算", "分母", "计算率", "差")
WIDTHS = (38, 26, 9, 8, 10, 10, 8, 12)


def main(argv: list[str]) -> None:
    """Build, measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench cities", description="用公布的城市数据验收指标")
    parser.add_argument("--scale", type=Decimal, default=Decimal(1), help="按公布数的几分之几建城市，默认1")
    parser.add_argument("--city", choices=("wuxi", "baotou"), help="只做一个城市")
    parser.add_argument("--folder", type=Path, help="文件放在哪里，保留不删；默认放在临时目录，做完删除")
    options = parser.parse_args(argv)
    from gongwei.site import database

    database.set_up_django()
    from gongwei.site.simulation.cities import published

    done = [
        _city(city, options.scale, options.folder)
        for city in published.CITIES
        if options.city in (None, city)
    ]
    differences = [each for city in done for each in city["differences"]]
    figures = {
        "scale": str(options.scale),
        "matched": sum(city["matched"] for city in done),
        "open": sum(city["open"] for city in done),
        "max_difference": max(map(abs, differences), default=0),
        "rates_differ": sum(city["rates_differ"] for city in done),
        "residents": sum(city["residents"] for city in done),
        "records": sum(city["records"] for city in done),
        "build_seconds": round(sum(city["build_seconds"] for city in done), 1),
        "measure_seconds": round(sum(city["measure_seconds"] for city in done), 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures, ensure_ascii=False))


def _city(city: str, scale: Decimal, kept: Path | None) -> dict[str, Any]:
    from gongwei.measures import counting
    from gongwei.site.simulation.cities import comparing, published, writing

    wanted, figures = published.wanted(city, scale), published.figures(city, scale)
    folder = Path(tempfile.mkdtemp(prefix="gongwei-city-")) if kept is None else kept / city
    try:
        began = time.monotonic()
        rows = writing.write(wanted, folder, told=_told)
        built = time.monotonic()
        with writing.opened(folder, memory=counting.MEMORY, threads=counting.THREADS) as connection:
            found = comparing.run(connection, wanted.year)
        measured = time.monotonic()
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    lines = comparing.lines(figures, found)
    _print(figures[0].place, wanted.year, lines)
    print(
        f"居民 {rows['subjects']:,} 人，记录 {rows['responses']:,} 条；建 {built - began:.0f} 秒，全部指标全年 {measured - built:.0f} 秒"
    )
    compared = [each for each in lines if not each.open]
    return {
        "matched": sum(not any(each.differences) and not each.rate_differs for each in compared),
        "open": sum(each.open for each in lines),
        "differences": [number for each in compared for number in each.differences],
        "rates_differ": sum(each.rate_differs for each in compared),
        "residents": rows["subjects"],
        "records": rows["responses"],
        "build_seconds": built - began,
        "measure_seconds": measured - built,
    }


def _told(done: int, total: int) -> None:
    print(f"\r已建 {done:,} / {total:,} 人", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _print(place: str, year: int, lines: list[Any]) -> None:
    print(f"\n{place} {year}年")
    print(_row(HEADINGS))
    for each in lines:
        figure = each.figure
        said = ("" if figure.numerator is None else f"{figure.numerator:,}", figure.rate)
        if each.open:
            print(_row((figure.title, figure.code, *said, "待后续项目", "", "", each.service)))
            continue
        shown = f"{each.base:,}{'*' if each.base_given else ''}" if each.base is not None else ""
        rate = "" if each.rate is None else f"{each.rate}%"
        differences = "，".join(map(str, each.differences))
        print(
            _row(
                (
                    figure.title,
                    f"{figure.code} {each.measure}",
                    *said,
                    f"{each.numerator:,}",
                    shown,
                    rate,
                    differences,
                )
            )
        )
    print("* 公布的常住人口数，作为已核定的分母；差：人数，分母也有公布数的另列")


def _row(cells: tuple[str, ...]) -> str:
    return "  ".join(
        cell + " " * (width - _wide(cell)) for cell, width in zip(cells, WIDTHS, strict=True)
    ).rstrip()


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in text)


if __name__ == "__main__":
    main(sys.argv[1:])
