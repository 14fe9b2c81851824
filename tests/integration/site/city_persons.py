"""The residents of a city written in columns as the row engine wants them."""

from collections import defaultdict

from gongwei import catalogue
from gongwei.engines import row
from gongwei.language import attributes, fields
from gongwei.site.simulation.cities import writing


def subjects(connection):
    """Everybody by id, with attributes, episodes and all records."""
    records, episodes = defaultdict(list), defaultdict(list)
    for code in writing.FORMS:
        form = catalogue.form(code)
        for line in _rows(connection, f"select * from {code}"):
            answers = {name: _answer(field, line[name]) for name, field in form.fields.items()}
            records[line["subject_id"]].append(
                row.Record(form, line["done_on"], answers, str(line["record_id"]), line["entered_on"])
            )
    for line in _rows(connection, "select * from episodes"):
        episodes[line["subject_id"]].append(
            row.EpisodeSpan(line["kind"], line["started_on"], line["ended_on"])
        )
    parameters = catalogue.parameters()
    return {
        str(line["subject_id"]): row.Subject(
            {each.name: line[each.name] for each in attributes.ATTRIBUTES},
            records[line["subject_id"]],
            episodes[line["subject_id"]],
            parameters,
        )
        for line in _rows(connection, "select * from subjects")
    }


def _rows(connection, query):
    return connection.sql(query).to_arrow_table().to_pylist()


def _answer(field, value):
    if value is None:
        return None
    if isinstance(field, fields.Choices):
        return frozenset(value)
    return tuple(value) if isinstance(field, fields.Rows) else value
