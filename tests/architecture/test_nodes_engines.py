"""Nodes × engines, field types × the engines' faces: what is missing anywhere fails here."""

from __future__ import annotations

import inspect

import pyarrow as pa
import pytest
from tests.generative import engines

from gongwei.engines import columnar, columnar_nodes, phone, row
from gongwei.language import fields, nodes
from gongwei.language.expressions import Node

MISSING_IN_PHONE = phone.to_json.dispatch(object)
MISSING_IN_COLUMNS = columnar_nodes.compiled.dispatch(object)
MISSING_TYPE = columnar.arrow_type.dispatch(object)


@pytest.fixture(scope="module")
def names_in_javascript() -> tuple[set[str], set[str]]:
    """Names of the nodes evaluate.js runs, and of the field types judging.js knows."""
    found = engines.ask_node({"call": "known", "args": [[]]})[0]
    return set(found["nodes"]), set(found["fieldTypes"])


def test_list_of_nodes_is_all_nodes() -> None:
    def below(kind: type[Node]) -> set[type[Node]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    concrete = {
        each for each in below(Node) if each.__module__.startswith("gongwei.") and not _abstract(each)
    }
    assert concrete == set(nodes.ALL_NODES)


def _abstract(kind: type[Node]) -> bool:
    return kind.__module__ == Node.__module__ or kind.__name__.startswith("_")


@pytest.mark.parametrize("kind", nodes.ALL_NODES, ids=lambda kind: kind.__name__)
def test_every_engine_runs_every_node(
    kind: type[Node], names_in_javascript: tuple[set[str], set[str]]
) -> None:
    assert kind in row.EVALUATORS
    assert phone.to_json.dispatch(kind) is not MISSING_IN_PHONE
    assert kind.__name__ in names_in_javascript[0]
    assert columnar_nodes.compiled.dispatch(kind) is not MISSING_IN_COLUMNS


def test_javascript_runs_no_node_the_language_has_not(names_in_javascript: tuple[set[str], set[str]]) -> None:
    assert names_in_javascript[0] == {kind.__name__ for kind in nodes.ALL_NODES}


@pytest.mark.parametrize("kind", fields.FIELD_TYPES, ids=lambda kind: kind.__name__)
def test_every_field_type_has_the_engines_faces(
    kind: type[fields.Field], names_in_javascript: tuple[set[str], set[str]]
) -> None:
    assert kind.__name__ in names_in_javascript[1]
    assert columnar.arrow_type.dispatch(kind) is not MISSING_TYPE
    returned = inspect.signature(columnar.arrow_type.dispatch(kind)).return_annotation
    assert returned in ("pa.DataType", pa.DataType)
