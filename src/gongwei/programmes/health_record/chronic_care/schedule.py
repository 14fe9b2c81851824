"""The rhythm chronic diseases share: follow-ups at a routine interval, counted by quarter, and one check-up a year."""

from gongwei.language import Parameter, days, months
from gongwei.language.forms import Form
from gongwei.language.intervals import QUARTER
from gongwei.language.schedules import CALENDAR_YEAR, Contact
from gongwei.programmes.health_record.forms import CheckUp


def follow_ups(title: str, form: type[Form], *, parameters: str) -> Contact:
    """Completed follow-ups every `<parameters>.routine_months`, within the window of days before and after."""
    return Contact(
        title,
        form=form,
        every=months(Parameter(f"{parameters}.routine_months")),
        counted_by=QUARTER,
        early=days(Parameter(f"{parameters}.window_early_days")),
        late=days(Parameter(f"{parameters}.window_late_days")),
        where=form.completed,  # type: ignore[attr-defined]  # every follow-up form has it, see items.was_completed
        code=f"{parameters}.follow_up",
    )


def yearly_check_up(*, parameters: str) -> Contact:
    """年度健康体检: one 健康体检表 in the calendar year; several programmes may count the same one."""
    return Contact("年度健康体检", form=CheckUp, once_in=CALENDAR_YEAR, code=f"{parameters}.check_up")
