"""Packages as an old system exports them: folders of CSV files with the headings of the templates."""

import csv

from tests.integration.excel import workbooks

from gongwei.interfaces.excel import layouts
from gongwei.residents import identity

VILLAGE = "甲101镇201村"
#: The name `worlds` gives the doctor of that village.
DOCTOR = "村医甲（village_a单位）"


def number(serial, born="19610101"):
    """An identity number with its check character."""
    body = f"660101{born}{serial:03d}"
    return body + identity.check_character(body)


def person(serial, name, **changes):
    """A row of 建档."""
    born = changes.pop("born", "19610101")
    return {
        "档案编号": f"OLD-{serial:06d}",
        "姓名": name,
        "证件号码": number(serial, born),
        "现住村（居）": VILLAGE,
        "现住址": f"{serial}号",
        "常住类型": "1",
        "建档日期": "2021-03-01",
        "本人电话": f"1381{serial + 2345678:07d}",
        "联系人姓名": "张三",
        "联系人电话": f"1390{serial + 1234567:07d}",
    } | changes


def follow_up(serial, name, day, **changes):
    """A row of 高血压随访, by the old number alone."""
    known = layouts.of(workbooks.FORM).by_identifier
    values = {
        known[identifier].heading: value
        for identifier, value in workbooks.GOOD.items()
        if value is not None and not identifier.startswith("@")
    }
    return (
        {"档案编号": f"OLD-{serial:06d}", "姓名": name, "服务方式": "门诊", "服务机构": "village_a单位"}
        | values
        | {known["done_on"].heading: day, known["responsible_doctor"].heading: DOCTOR}
        | changes
    )


def write(path, rows, encoding="utf-8"):
    """A CSV file with all headings its rows have."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def people(count, first=1):
    """So many people with a name each."""
    return [person(n, "居民" + chr(0x4E00 + n)) for n in range(first, first + count)]
