"""The words definitions are written in. Pure: no Django, no clock, no database, no files.

    from gongwei.language import AGE, Choice, Date, Form, Quantity, previous, months, days

Only definition modules (and tests) import words by name from here; engines and faces import the modules.

Interfaces other parts build on
- `nodes.ALL_NODES` (RECORD_NODES + PERIOD_NODES): the closed list every engine runs; frozen dataclasses whose fields are
  their operands; `node.type` (types.ValueType), `node.room` (types.Room); `expressions.children/walk/described`.
- `fields.FIELD_TYPES`: the ten field types every face serves. `Form.fields` is an ordered name → Field mapping; a Field knows
  `name`, `owner`, `form_code`, `label`, `value_type`, `required`, `only_if`, `since`, `until`, `computed`, `carry`, `code`,
  `section`, `source`, and by type `options`, `unit/between/expected/decimals`, `max_length/multiline/pattern`, `past`, `table`,
  `row` (a RowGroup with `.fields`) and `at_most`. `field.shape_problem(value)` is the Chinese reason a value has the wrong shape.
- `forms.conditions(form)` → tuple of Condition(field, holds, message, severity, rule): validation said once.
- `forms.shared(forms)`: which fields of several forms are one question (same `code`), asked once in an encounter.
- `episodes.Sign` (run by `engines.finding`), `abnormal.Abnormal` (run by `engines.judging.abnormal`).
- `attributes.ATTRIBUTES`: names a resident's attributes are looked up by.
- `periods.PERIOD`, whose engines are given a concrete first and last day, both inclusive.
"""

from gongwei.language.attributes import (
    AGE,
    AGE_DAYS,
    AGE_MONTHS,
    BIRTH_DATE,
    CANCELLED_ON,
    DIED_ON,
    DONE_ON,
    FEMALE,
    FILED_ON,
    LEFT_ON,
    LIVES_HERE_SINCE,
    MALE,
    RESIDENCE_TYPE,
    SEX,
    age_at,
)
from gongwei.language.errors import DefinitionError, MixedRooms
from gongwei.language.fields import (
    GW,
    LOINC,
    Choice,
    Choices,
    Code,
    Coding,
    Date,
    Moment,
    Person,
    Quantity,
    Rows,
    Text,
    YesNo,
)
from gongwei.language.forms import Condition, Form, RowGroup, bmi, conditions, shared
from gongwei.language.intervals import DAY, MONTH, QUARTER, WEEK, YEAR, Interval, days, months, weeks, years
from gongwei.language.operators import Not
from gongwei.language.periods import PERIOD
from gongwei.language.record_nodes import EntryDay, Parameter
from gongwei.language.types import (
    ASK,
    BLOCK,
    DATE,
    HOUSEHOLD,
    NUMBER,
    ORGANIZATION,
    PREMISES,
    RESIDENT,
    TEXT,
    TRUTH,
    WARN,
    Options,
    Severity,
    code_of,
)
from gongwei.language.words import (
    all_hold,
    any_of,
    case,
    count_true,
    days_between,
    distance,
    greatest,
    least,
    previous,
    rows_count,
)

__all__ = [
    "AGE",
    "AGE_DAYS",
    "AGE_MONTHS",
    "ASK",
    "BIRTH_DATE",
    "BLOCK",
    "CANCELLED_ON",
    "DATE",
    "DAY",
    "DIED_ON",
    "DONE_ON",
    "FEMALE",
    "FILED_ON",
    "GW",
    "HOUSEHOLD",
    "LEFT_ON",
    "LIVES_HERE_SINCE",
    "LOINC",
    "MALE",
    "MONTH",
    "NUMBER",
    "ORGANIZATION",
    "PERIOD",
    "PREMISES",
    "QUARTER",
    "RESIDENCE_TYPE",
    "RESIDENT",
    "SEX",
    "TEXT",
    "TRUTH",
    "WARN",
    "WEEK",
    "YEAR",
    "Choice",
    "Choices",
    "Code",
    "Coding",
    "Condition",
    "Date",
    "DefinitionError",
    "EntryDay",
    "Form",
    "Interval",
    "MixedRooms",
    "Moment",
    "Not",
    "Options",
    "Parameter",
    "Person",
    "Quantity",
    "RowGroup",
    "Rows",
    "Severity",
    "Text",
    "YesNo",
    "age_at",
    "all_hold",
    "any_of",
    "bmi",
    "case",
    "code_of",
    "conditions",
    "count_true",
    "days",
    "days_between",
    "distance",
    "greatest",
    "least",
    "months",
    "previous",
    "rows_count",
    "shared",
    "weeks",
    "years",
]
