"""The habits of the house that no other tool looks at: names of modules, their length, vendored files, origins."""

import ast
import hashlib
import json
import re
from pathlib import Path

import click
import pytest

from gongwei.site import commands, glossary

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCE = CHECKOUT / "src" / "gongwei"
LONGEST = 400
RATCHET = Path(__file__).with_name("long_modules.json")
VENDOR = SOURCE / "interfaces" / "web" / "static" / "vendor"
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "managers", "manager", "misc"}
# Addresses that are names, never fetched: XML namespaces and the identifiers of code systems.
NAMES = re.compile(
    r"https?://(www\.w3\.org|loinc\.org|hl7\.org|terminology\.hl7\.org|unitsofmeasure\.org|snomed\.info)\b"
)


def modules() -> list[Path]:
    found = sorted(SOURCE.rglob("*.py"))
    assert found
    return found


def test_no_module_is_named_after_nothing() -> None:
    named = {path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.stem in FORBIDDEN_NAMES}
    assert {path for path in named if VENDOR.relative_to(SOURCE) not in path.parents} == set()


def test_long_modules_only_get_shorter() -> None:
    """The file lists the modules over 400 lines with their length; it may only go down, and must not lag behind."""
    allowed = json.loads(RATCHET.read_text())
    beside = [
        path for folder in ("tests", "benchmarks", "scripts") for path in (CHECKOUT / folder).rglob("*.py")
    ]
    assert beside
    lengths = {
        str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines())
        for path in (*modules(), *beside)
        if path.parent.name != "migrations"
    }
    grown = {name: n for name, n in lengths.items() if n > max(LONGEST, allowed.get(name, 0))}
    assert grown == {}, "look for the second idea in the module"
    stale = {name: n for name, n in allowed.items() if lengths.get(name, 0) <= LONGEST}
    assert stale == {}, "take it off the list: it is short enough now"


def test_vendored_files_are_what_they_were() -> None:
    listed = json.loads((VENDOR / "VENDORED.json").read_text())
    assert all(entry["version"] and entry["licence"] for entry in listed)
    wanted = {entry["file"]: entry["sha256"] for entry in listed}
    there = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.json"
    }
    assert there == wanted


def test_no_page_asks_a_third_party() -> None:
    found = []
    for path in SOURCE.rglob("*"):
        if path.suffix not in {".html", ".js", ".css", ".svg"} or VENDOR in path.parents:
            continue
        text = NAMES.sub("", path.read_text(encoding="utf-8"))
        found += [
            f"{path.relative_to(SOURCE)}: {hit}" for hit in re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text)
        ]
    assert found == []


#: What a page says at this instant, which on a busy machine is before its scripts have run.
GLANCES = {"count", "inner_text", "text_content", "all_inner_texts", "input_value", "is_checked", "is_disabled",
           "is_enabled", "is_hidden", "is_visible"}  # fmt: skip


def glances(text: str) -> list[int]:
    """Lines of a test of pages that assert what a page says at one instant, or wait for a time instead of a thing."""
    found = set()
    for statement in ast.walk(ast.parse(text)):
        for call in ast.walk(statement) if isinstance(statement, ast.Assert) else [statement]:
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            of_database = ".objects" in ast.unparse(call.func)
            glance = isinstance(statement, ast.Assert) and call.func.attr in GLANCES and not of_database
            if glance or call.func.attr == "wait_for_timeout":
                found.add(call.lineno)
    return sorted(found)


def test_tests_of_pages_wait_for_what_they_assert() -> None:
    """`expect(...)` looks until it is so; `assert ....inner_text()` looks once and fails by chance."""
    found = {
        f"{path.relative_to(CHECKOUT)}:{line}"
        for path in sorted((CHECKOUT / "tests" / "functional").rglob("*.py"))
        for line in glances(path.read_text())
    }
    assert found == set()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('assert "a" in page.locator("b").inner_text()', True),
        ('assert page.input_value("a") == "b"', True),
        ("assert not page.is_visible('a') and True", True),
        ("page.wait_for_timeout(500)", True),
        ("assert Draft.objects.filter(a=1).count() == 2", False),
        ('expect(page.locator("a")).to_have_count(0)', False),
        ('found = page.locator("a").inner_text()', False),
    ],
)
def test_a_glance_is_known_from_waiting(line: str, wrong: bool) -> None:
    assert glances(line) == ([1] if wrong else [])


def test_the_gate_is_the_one_command() -> None:
    lines = (CHECKOUT / ".ci" / "run").read_text().splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("#")]
    assert [re.sub(r"^exec ", "", line).split() for line in said] == [["./gongwei", "test"]]


@pytest.mark.parametrize("entry", commands.ENTRIES.values(), ids=lambda entry: entry.name)
def test_every_listed_command_exists_and_is_explained_in_chinese(entry: commands.Entry) -> None:
    command = commands.target(entry)
    assert re.search(r"[\u4e00-\u9fff]", entry.summary)
    assert re.search(r"[\u4e00-\u9fff]", command.help or "")
    assert "例：" in (command.help or "")
    assert entry.example.split()[:2] == ["./gongwei", entry.name]
    untold = [
        parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option) and not re.search(r"[\u4e00-\u9fff]", parameter.help or "")
    ]
    assert untold == []


def test_the_glossary_bans_what_the_house_bans() -> None:
    banned = glossary.banned(CHECKOUT / "docs" / "glossary.md")
    assert banned >= {"patient", "visit", "client", "indicator", "util", "helper", "manager"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def load_patients(): ...", ["load_patients"]),
        ("class ClientForm: ...", ["ClientForm"]),
        ("def f(visit_id): ...", ["visit_id"]),
        ("HTTPClient = 1", ["HTTPClient"]),
        ("import x as helper", ["helper"]),
        ("self.indicator = 1", ["indicator"]),
        ("def invisible(): revisit_on = 1", []),
        ("x = other.client.visit()", []),
        ("class Book:\n    objects = manager = Thing()", []),
    ],
)
def test_banned_words_are_found_in_names_that_we_make(
    tmp_path: Path, source: str, expected: list[str]
) -> None:
    (tmp_path / "module.py").write_text(source)
    words = frozenset({"patient", "visit", "client", "helper", "indicator", "manager"})
    assert [line.split(": ")[1] for line in glossary.violations(tmp_path, words)] == expected
