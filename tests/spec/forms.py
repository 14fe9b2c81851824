"""The forms the tables of the language are about: one field of each type that conditions can name."""

from datetime import date

from gongwei.language import (
    Choice,
    Choices,
    Date,
    Form,
    Options,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
)
from gongwei.language.episodes import Episode
from gongwei.language.parameters import ParameterSet, from_mapping

OPTIONS = Options("等级", {"1": "甲", "2": "乙", "3": "丙"}, exclusive=("1",))
EP = Episode("spec", "试验管理", source="tests")


class Line(RowGroup):
    """A row of `rows`."""

    name = Text("名", required=True)
    amount = Quantity("量", between=(0, 100))


class F(Form):
    """The form the tables are about."""

    code, title, source = "spec_f", "试验表", "tests"

    done_on = Date("日期", required=True)
    # With limits, because an engine in columns must know how wide a quotient can become.
    n = Quantity("n", decimals=2, between=(-1000, 1000))
    m = Quantity("m", decimals=2, between=(-1000, 1000))
    t = Text("t")
    u = Text("u")
    d = Date("d")
    e = Date("e")
    c = Choice("c", OPTIONS)
    k = Choice("k", OPTIONS)
    s = Choices("s", OPTIONS)
    y = YesNo("y")
    z = YesNo("z")
    rows = Rows("rows", Line)


class G(Form):
    """Another form, to tell the two apart."""

    code, title, source = "spec_g", "另一表", "tests"

    done_on = Date("日期", required=True)
    n = Quantity("n")


PARAMETERS = ParameterSet(
    from_mapping(
        {
            "spec.limit": {
                "title": "界限",
                "type": "number",
                "local": True,
                "values": [
                    {"since": date(2020, 1, 1), "value": 100, "source": "a"},
                    {"since": date(2025, 1, 1), "value": 120, "source": "b"},
                ],
            },
            "spec.days": {
                "title": "天数",
                "type": "number",
                "local": True,
                "values": [{"since": date(2020, 1, 1), "value": 30, "source": "a"}],
            },
            "spec.flag": {
                "title": "开关",
                "type": "truth",
                "local": True,
                "values": [{"since": date(2020, 1, 1), "value": True, "source": "a"}],
            },
        }
    )
)
