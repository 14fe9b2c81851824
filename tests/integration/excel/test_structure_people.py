"""Whom the rows of a package are about, by whatever numbers an old system gave them."""

from tests.integration.excel.conftest import own_number
from tests.integration.excel.structure_sheets import said, written
from tests.integration.records.conftest import VILLAGE, resident

from gongwei.base import ids
from gongwei.interfaces.excel import filing, headings, layouts, parsing
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.parsing import Line
from gongwei.residents import identity, old_numbers, queries
from gongwei.residents.models import Resident
from gongwei.residents.operations import numbering


def test_who_a_row_is_about(scene, at, by, people):
    """Our number, an old system's, the document, or name with birth date and village; several people wait."""
    first, second = people["王建国"], people["李桂兰"]
    twin = resident(scene.world, number=44, name="李桂兰", sex="2")
    old_numbers.keep(
        [
            (first.id, "老系统-7"),
            (second.id, people["张秀英"].record_no),
            (second.id, "同号"),
            (twin.id, "同号"),
        ],
        at.date(),
    )
    old_numbers.keep([(first.id, "老系统-7")], at.date())
    assert first.identifiers.filter(id_type="OR").count() == 1
    village = {"@birth_date": "1961-01-01", "@area": str(VILLAGE)}
    rows = [
        {"@record_no": "老系统-7", "@name": "王建国"},
        {"@record_no": "老系统-７", "@name": "王 建国"},
        # An old number that is by chance ours of somebody else: the name decides.
        {"@record_no": people["张秀英"].record_no, "@name": "李桂兰"},
        {"@record_no": people["张秀英"].record_no, "@name": "张秀英"},
        {"@record_no": "没有的号", "@id_number": own_number(), "@name": "王建国"},
        {"@record_no": second.record_no, "@id_number": own_number(), "@name": "李桂兰"},
        {"@name": "张秀英", **village},
        {"@name": "李桂兰", **village},
        {"@record_no": "同号", "@name": "李桂兰"},
        {"@name": "李桂兰", **village, "@birth_date": "1961-01-02"},
        {"@record_no": "老系统-7", "@name": "王建军"},
    ]
    _, _, lines = written(by, at, layouts.EPISODES, rows, "check")
    found = [line.resident_id for line in lines]
    assert found == [
        first.id, first.id, second.id, people["张秀英"].id, first.id, second.id, people["张秀英"].id, None, None, None, None,
    ]  # fmt: skip
    assert [sorted(line.candidates) for line in lines[7:9]] == [sorted([second.id, twin.id])] * 2
    assert [said(line)[0][1] for line in lines[7:]] == [
        "several_people", "several_people", "resident_not_found", "other_name",
    ]  # fmt: skip
    assert queries.household_now(first.id) is None


PERSON = {"=name": "赵新民", "=sex": "男", "=birth_date": "1950-02-03", "=id_number": "660101195002030019", "=area": str(VILLAGE), "=residence_type": "1"}  # fmt: skip


def filed(by, at, rows, doing="apply"):
    """States and lines of rows of 建档 as a package files them."""
    columns = [each.identifier for each in layouts.of(layouts.RESIDENTS).columns]
    plan = headings.Plan("表", 0, 0, 1, columns, columns, True)
    lines = [
        Line(n, 0, n + 1, [row.get(each) for each in columns], key=ids.uuid7())
        for n, row in enumerate(rows, 1)
    ]
    parser = parsing.Parser(layouts.of(layouts.RESIDENTS), [plan], Directory(by))
    for line in lines:
        parser.parse(line)
    outcomes = getattr(filing.Filer(by, parser, waits=True), doing)(at, lines)
    return [state for state, _ in outcomes], lines


def test_old_numbers_that_look_like_ours_file_nobody_twice_and_nobody_as_another(scene, at, by):
    """An old system of the national scheme: its numbers are in the package, ours are given anew and cross with them."""
    numbering.next_serials(
        scene.resident.record_no[:12], 60
    )  # the scene's residents were given numbers by hand
    number = "66010119500203001"
    first = PERSON | {
        "=id_number": number + identity.check_character(number),
        "=record_no": scene.resident.record_no,
    }
    without = PERSON | {
        "=name": "钱无证", "=id_number": "无", "=no_id_reason": "遗失", "=birth_date": "1948-05-06", "=record_no": "旧－00８",
    }  # fmt: skip
    states, lines = filed(by, at, [first, without])
    assert states == ["applied"] * 2, [line.wrong for line in lines]
    person, other = (Resident.objects.get(id=line.resident_id) for line in lines)
    assert person.name == "赵新民"
    assert person.record_no != scene.resident.record_no

    again, there = filed(by, at, [first, without])
    assert again == ["existing"] * 2, [line.wrong for line in there]
    assert [line.resident_id for line in there] == [person.id, other.id]
    # Whose number it is: the name says it.
    rows = [
        {"@record_no": scene.resident.record_no, "@name": "赵新民"},
        {"@record_no": scene.resident.record_no, "@name": scene.resident.name},
        {"@record_no": "旧-008", "@name": "钱无证"},
    ]
    _, _, lines = written(by, at, layouts.EPISODES, rows, "check")
    assert [line.resident_id for line in lines] == [person.id, scene.resident.id, other.id]
