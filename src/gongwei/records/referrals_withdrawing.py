"""`referral_steps.follow_withdrawal` for very many records: the referrals they touch are read once, what changes is written once.

The records are taken in the order given, each seeing what the withdrawal of those before it left.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db import connection

from gongwei.base.sets import any_of
from gongwei.records import referral_steps
from gongwei.records.models import UNSETTLED, Referral, Response

_WRITE = """
update records_referral r set ended = n.ended::jsonb, state = n.state, continued_by_id = n.continued_by, reason = n.reason,
  closed_at = n.closed_at, closed_by = n.closed_by, answered_on = n.answered_on, answered_by_response_id = n.answered_by
from unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[], %s::uuid[], %s::date[], %s::uuid[])
  as n(id, ended, state, continued_by, reason, closed_at, closed_by, answered_on, answered_by)
where r.id = n.id
"""


def follow(responses: Sequence[Response]) -> dict[UUID, list[Referral]]:
    """Write what withdrawing means for referrals; returns those followers must hear of, by the response that moved them.

    As the owner of the tables, with the residents locked.
    """
    residents = {each.resident_id for each in responses}
    work = _Work(Referral.objects.filter(any_of("resident_id", residents)))
    heard = {each.pk: found for each in responses if (found := list(work.follow(each)))}
    changed = list(work.changed.values())
    # Those no longer open first: a resident has one open referral of a form, and that is asked of each row.
    for some in (
        [each for each in changed if each.state not in UNSETTLED],
        [each for each in changed if each.state in UNSETTLED],
    ):
        _write(some)
    return heard


def _write(changed: Sequence[Referral]) -> None:
    rows = [
        (
            each.pk, None if each.ended is None else json.dumps(each.ended, ensure_ascii=False), str(each.state),
            each.continued_by_id, each.reason, each.closed_at, each.closed_by, each.answered_on, each.answered_by_response_id,
        )
        for each in changed
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])


class _Work:
    """The referrals of some residents while the records are gone through."""

    def __init__(self, referrals: Iterable[Referral]) -> None:
        self.of: dict[UUID, list[Referral]] = {}
        for each in referrals:
            self.of.setdefault(each.resident_id, []).append(each)
        self.changed: dict[UUID, Referral] = {}

    def follow(self, response: Response) -> Iterator[Referral]:
        """See `referral_steps.follow_withdrawal`; gives those that are touched."""
        mine = self.of.get(response.resident_id)
        if not mine:
            return
        own = {each.pk for each in mine if each.response_id == response.pk}
        touched = [
            each
            for each in mine
            if each.pk in own or each.answered_by_response_id == response.pk or each.continued_by_id in own
        ]
        for each in sorted(touched, key=lambda one: (one.advised_on, one.pk), reverse=True):
            if each.pk in own:
                referral_steps.withdrawn(each)
            elif each.state == Referral.State.CONTINUED:
                referral_steps.standing_again(each, self._other(each))
            elif each.state in (Referral.State.ARRIVED, Referral.State.NOT_ARRIVED):
                each.answered_on = each.answered_by_response_id = None
                referral_steps.standing_again(each, self._other(each))
            self.changed[each.pk] = each
            yield each

    def _other(self, referral: Referral) -> Referral | None:
        return next(
            (
                each
                for each in self.of[referral.resident_id]
                if each.form_code == referral.form_code and each.state in UNSETTLED and each.pk != referral.pk
            ),
            None,
        )
