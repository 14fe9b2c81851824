"""Live figures of a county that stands still: as the worker keeps them, made at once."""

import datetime as dt


def keep(at: dt.datetime) -> None:
    """Keep the figures of the years that are kept on a day, of all residents there are."""
    from gongwei.base import clock
    from gongwei.measures import live_keeping, live_rebuilding
    from gongwei.measures.live_models import LiveYear
    from gongwei.residents.models import Resident

    years = live_keeping.years_kept(clock.day_of(at))
    for each in years:
        standing = {"rules": live_rebuilding.rules(), "built_at": at, "areas_at": at}
        LiveYear.objects.update_or_create(year=each, defaults=standing)
    live_keeping.recompute(list(Resident.objects.values_list("pk", flat=True)), years)
