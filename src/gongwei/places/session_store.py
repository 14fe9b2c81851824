"""Sessions in the database, as Django keeps them; only the read that every page does is a prepared statement."""

import datetime as dt

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from gongwei.base import clock, prepared

_live = prepared.Query(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now), key=str, now=dt.datetime
)


class SessionStore(db.SessionStore):
    """Django's store of sessions in the database."""

    def _get_session_from_db(self) -> Session | None:
        found = _live.first(key=self.session_key, now=clock.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
