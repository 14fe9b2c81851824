"""The sum that must always come out: rows read = applied + there already + waiting + refused (+ ready to be written, + undone).

Asked of the database at the end of each stage and never assumed; a difference is an error and is never shown as done.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db.models import Count

from gongwei.interfaces.excel.models import Package, Upload, UploadRow

#: The parts of the sum, in the order people read them.
PARTS = ("applied", "existing", "waiting", "rejected", "accepted", "questioned", "undone")
TITLES = {
    "total": "读入",
    "applied": "已写入",
    "existing": "已存在",
    "waiting": "等待确认",
    "rejected": "未通过",
    "accepted": "可写入",
    "questioned": "可写入，有提示",
    "undone": "已撤销",
}


class RowsLost(RuntimeError):
    """A sum that does not come out: a fault of the program."""


def of_upload(upload: Upload) -> dict[str, int]:
    """How many rows of a sheet stand in each state now, with what was read. Raises RowsLost."""
    states = UploadRow.objects.filter(upload=upload).order_by().values_list("state").annotate(n=Count("id"))
    found = dict(states)
    total = upload.counts.get("total", 0)
    if sum(found.values()) != total:
        raise RowsLost(f"upload {upload.id}: {total} rows read, {sum(found.values())} found")
    return {"total": total, **{part: found[part] for part in PARTS if found.get(part)}}


def settle(package: Package) -> dict[str, int]:
    """Count every sheet of a package anew, keep the numbers and return the sum of all. Raises RowsLost."""
    total: Counter[str] = Counter()
    for upload in Upload.objects.filter(package=package):
        counts = of_upload(upload)
        Upload.objects.filter(id=upload.id).update(counts=counts)
        total.update(counts)
    counts = in_order(total)
    Package.objects.filter(id=package.id).update(counts=counts)
    package.counts = counts
    return counts


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """The numbers that are not zero, in the order people read them."""
    return {
        "total": counts.get("total", 0),
        **{part: counts[part] for part in PARTS if counts.get(part)},
    }


def told(counts: Mapping[str, int]) -> str:
    """The sum in words: 读入 10 行：已写入 8，未通过 2."""
    parts = "，".join(f"{TITLES[part]} {counts[part]:,}" for part in PARTS if counts.get(part))
    return f"读入 {counts.get('total', 0):,} 行" + (f"：{parts}" if parts else "")


def balanced(counts: Iterable[Mapping[str, int]]) -> bool:
    """Whether the parts of each make its total."""
    return all(each.get("total", 0) == sum(each.get(part, 0) for part in PARTS) for each in counts)
