"""The catalogue: what is installed, and that definitions do not contradict one another."""

from datetime import date

import pytest
from tests.spec.forms import EP, PARAMETERS, F, G

from gongwei import catalogue
from gongwei.catalogue import discovery, policies
from gongwei.catalogue.contents import Catalogue, nodes_of
from gongwei.catalogue.digests import digest
from gongwei.language import (
    BLOCK,
    PERIOD,
    TEXT,
    Date,
    DefinitionError,
    Form,
    Parameter,
    Quantity,
    Text,
    months,
)
from gongwei.language.checks import RecordCheck
from gongwei.language.episodes import Episode
from gongwei.language.measures import Fact, Measure, all_of
from gongwei.language.parameters import from_mapping
from gongwei.language.programmes import Programme
from gongwei.language.schedules import Contact, Schedule


def programme(code="p", **parts):
    return Programme(code, code, source="tests", **{"forms": (F,), "episodes": (EP,), **parts})


def test_everything_installed_fits_together():
    found = catalogue.current()
    assert "hypertension" in {each.code for each in found.programmes}
    assert catalogue.form("htn_follow_up").title == "高血压患者随访服务记录表"
    assert catalogue.programme("hypertension").forms[0] is catalogue.form("htn_follow_up")
    assert found.programme_of(catalogue.form("htn_follow_up")).code == "hypertension"
    assert catalogue.measure("HTN.3").title == "管理人群血压控制率"
    assert catalogue.service("htn.follow_up").at_most == 4
    assert catalogue.contact("htn.follow_up").form is catalogue.form("htn_follow_up")
    assert catalogue.episode("hypertension").title == "高血压患者管理"
    assert [table.code for table in catalogue.tables_on(catalogue.form("htn_follow_up"))] == ["htn.classify"]
    assert catalogue.checks_on(catalogue.form("htn_follow_up"))[0].code == "QB003"
    assert catalogue.parameters()("htn.goal_sbp", date(2025, 1, 1)) == 140
    for many in (catalogue.forms(), catalogue.measures(), catalogue.services(), catalogue.contacts()):
        assert len(many) == len(set(many)) > 0
    assert {each.title for each in catalogue.pattern_checks()} >= {"血压控制率异常高"}
    assert catalogue.programmes() == found.programmes


def test_unknown_codes_are_errors():
    with pytest.raises(KeyError):
        catalogue.form("x")
    with pytest.raises(KeyError):
        catalogue.current().programme_of(F)


def test_columns_of_the_parts():
    columns = catalogue.current().fact_columns(catalogue.measure("HTN.3"))
    assert list(columns) == ["htn_managed", "htn_at_goal"]
    unnamed = Measure(
        "X.1", "x", Fact("在管", EP.overlaps(PERIOD)), all_of({"a": F.any_in(PERIOD)}), source="s"
    )
    assert list(Catalogue([]).fact_columns(unnamed)) == ["x_1_0", "x_1_1"]


class Lonely(Form):
    """A form with a parameter nobody defined."""

    code, title, source = "unit_lonely", "表", "tests"

    done_on = Date("日期")
    n = Quantity("n", required=Parameter("spec.unknown") > 3)


CHECK = RecordCheck("a", on=G, holds=G.n > 1, then=BLOCK)
BAD = {
    "one form in two programmes": (
        lambda: [programme(), programme("q", episodes=())],
        "spec_f is defined twice",
    ),
    "unknown parameter": (lambda: [programme(forms=(Lonely,))], "unknown parameter 'spec.unknown'"),
    "parameter of another type": (
        lambda: [
            programme(
                checks=(RecordCheck("a", on=F, holds=F.t == Parameter("spec.limit", TEXT), then=BLOCK),)
            )
        ],
        "is a number, not a text",
    ),
    "unknown episode": (
        lambda: [
            programme(episodes=(), measures=(Measure("M", "m", Fact("x", EP.overlaps(PERIOD)), source="s"),))
        ],
        "unknown episode 'spec'",
    ),
    "form of no programme, in a measure": (
        lambda: [programme(measures=(Measure("M", "m", Fact("x", G.any_in(PERIOD)), source="s"),))],
        "G belongs to no programme",
    ),
    "form of no programme, in a check": (
        lambda: [programme(checks=(CHECK,))],
        "spec_g belongs to no programme",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_contradictions_are_refused(name):
    build, words = BAD[name]
    with pytest.raises(DefinitionError) as caught:
        Catalogue(build(), PARAMETERS.definitions.values())
    assert words in str(caught.value)


def test_nodes_of_reaches_everything_once():
    schedule = Schedule(
        Episode("e2", "e", source="s"), [Contact("c", G, every=months(Parameter("x.m")), counted_by="month")]
    )
    found = list(nodes_of((schedule, schedule)))
    assert [getattr(node, "code", "") for node in found].count("x.m") == 1
    assert [node.name for node in nodes_of({"a": 1, "b": [F.n]})] == ["n"]


def test_digest_changes_with_the_meaning_only():
    def form(**changes):
        fields = {"done_on": Date("日期"), "a": Quantity("甲", between=(1, 5), **changes)}
        return type("X", (Form,), {"code": "x", "title": "表", "source": "s", **fields})

    assert digest(form()) == digest(form(note="只是说明"))
    assert digest(form()) != digest(form(expected=(2, 3)))
    assert digest(form()) != digest(form(required=True))
    assert digest(F) != digest(G)
    assert len(digest(catalogue.measure("HTN.1"))) == 64
    texts = type(
        "Y", (Form,), {"code": "x", "title": "表", "source": "s", "done_on": Date("日期"), "a": Text("甲")}
    )
    assert digest(texts) != digest(form())


def test_a_package_without_a_programme(tmp_path, monkeypatch):
    package = tmp_path / "county_programme"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "programme.py").write_text("PROGRAMME = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DefinitionError, match="write PROGRAMME"):
        discovery.find(("county_programme",))


def test_scanning_finds_folders_with_a_programme():
    found = discovery.packages()
    assert "gongwei.programmes.hypertension" in found
    assert list(found) == sorted(found)


def test_a_countys_own_values(tmp_path):
    assert policies.overrides(tmp_path) == ()
    file = tmp_path / "parameters.yaml"
    file.write_text(
        "htn.goal_sbp:\n  - {since: 2024-01-01, value: 135, source: 县卫健〔2024〕1号}\n", encoding="utf-8"
    )
    county = catalogue.parameters(policies.overrides(tmp_path))
    assert county("htn.goal_sbp", date(2023, 12, 31)) == 140
    assert county("htn.goal_sbp", date(2024, 1, 1)) == 135
    for bad, words in (
        ("htn.goal_sbp:\n  - {since: 2024-01-01, value: 135}\n", "lacks"),
        ("htn.goal_sbp:\n  - {since: 2024-01-01, value: 1.5, source: x}\n", "quotation marks"),
    ):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(DefinitionError, match=words):
            policies.overrides(tmp_path)


def test_parameters_files_are_read():
    assert all(from_mapping({}) == () for _ in range(1))
    (found,) = discovery.find(("gongwei.programmes.hypertension",))
    codes = {each.code for each in found.parameters}
    assert {"htn.goal_sbp", "htn.two_week_tolerance_days"} <= codes
    assert all(each.values[0].source for each in found.parameters)
