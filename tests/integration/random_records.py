"""Random records for tests that hold two ways to the same result equal: any value a column can hold, written past the operations,
which would refuse most of them.
"""

import datetime as dt
from decimal import Decimal

from tests.integration.records.conftest import resident

from gongwei.base import clock
from gongwei.language import fields
from gongwei.records import answers, columns
from gongwei.records.models import Encounter, Response


def value(dice, field):
    """Any value a column can hold for a field: within the hard range, but otherwise without sense."""
    match field:
        case fields.Quantity():
            low, high = field.between or (0, 300)
            whole = dice.randint(int(low), int(high))
            if not field.decimals:
                return whole
            number = Decimal(whole) + Decimal(dice.randint(0, 10**field.decimals - 1)).scaleb(-field.decimals)
            return min(max(number, Decimal(low)), Decimal(high))
        case fields.Date():
            return dt.date(2024, 1, 1) + dt.timedelta(days=dice.randint(0, 700))
        case fields.YesNo():
            return dice.random() < 0.5
        case fields.Choice():
            return dice.choice(field.options.codes)
        case fields.Choices():
            return frozenset(
                dice.sample(list(field.options.codes), dice.randint(1, min(3, len(field.options.codes))))
            )
        case fields.Rows():
            rows = [{name: value(dice, each) for name, each in field.row.fields.items()} for _ in range(2)]
            kept = ({name: each for name, each in row.items() if not fields.is_missing(each)} for row in rows)
            return tuple(row for row in kept if row)  # an empty row is no row, and is never kept
        case fields.Text():
            texts = ["无", '含",号\n行', "", "2015", "2015-06"]
            return dice.choice([text for text in texts if not text or field.shape_problem(text) is None])
    return None


def write(scene, dice, form, person, day, *, hours, given):
    """One filled form done on a day and entered so many hours after it began; one in ten was corrected since. given(): answers."""
    encounter = Encounter.objects.create(
        resident=person,
        area_key=person.area_id,
        done_on=day,
        mode="outpatient",
        organization=scene.world.organizations["village_a"],
        practitioner=scene.practitioner,
        source="import",
        digest=b"",
        entered_at=clock.start_of(day) + dt.timedelta(hours=hours),
    )
    status = dice.choice(["final"] * 9 + ["superseded"])
    response = Response.objects.create(
        encounter=encounter,
        resident=person,
        form_code=form.code,
        form_version=1,
        definition_digest=b"",
        done_on=day,
        status=status,
        entered_at=encounter.entered_at,
    )
    columns.model_for(form.code).objects.create(
        response=response,
        resident=person,
        done_on=day,
        live=status == "final",
        **answers.to_columns(form, given()),
    )


def people(scene, more=()):
    """The resident of the scene and others of both sexes and several ages; more: (sex, year of birth) of further ones."""
    born = (("1", 1950), ("2", 1946), ("2", 1980), ("1", 2014), ("2", 1959), *more)
    return [
        scene.resident,
        *(
            resident(scene.world, number=number, sex=sex, birth_date=dt.date(year, 3, 4))
            for number, (sex, year) in enumerate(born, 2)
        ),
    ]
