"""What follows residents one by one through the change feed may do all of them at once when many have changed, by a job."""

import datetime as dt
from dataclasses import dataclass

from gongwei.base import changes
from gongwei.base.models import JobRun
from gongwei.residents import sizes

#: So many waiting that all are better looked at at once: one in `SHARE` of those on file, and no fewer than `MANY`. With 20 264
#: on file, planning everybody's tasks takes as long as following 520 one by one, checking everybody's records as 430.
SHARE, MANY = 40, 500
#: After a failed attempt the follower goes on for a while; a job that says nothing for so long was killed.
PATIENCE, LONGEST = dt.timedelta(minutes=10), dt.timedelta(hours=2)


@dataclass(frozen=True)
class Relief:
    """The job that does all at once, by its title, and the bookmark of the follower that it relieves."""

    title: str
    bookmark: str

    def due(self, at: dt.datetime) -> bool:
        """Whether so many wait that all are better taken at once."""
        if JobRun.objects.filter(title=self.title, state="failed", finished_at__gt=at - PATIENCE).exists():
            return False
        many = max(MANY, sizes.on_file() // SHARE)
        return changes.many_wait(changes.Bookmark(self.bookmark).cursor, many)

    def under_way(self, at: dt.datetime) -> bool:
        """Whether the job is at it, so that the follower stands aside."""
        return JobRun.objects.filter(
            title=self.title, state__in=["queued", "running"], created_at__gt=at - LONGEST
        ).exists()
