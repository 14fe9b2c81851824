"""`referral_steps.follow_withdrawal` for very many records: the referrals they touch are read once, what changes is written once.

The records are taken in the order given, each seeing what the withdrawal of those before it left.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from gongwei.records import referral_steps
from gongwei.records.models import Response
from gongwei.records.referral_models import UNSETTLED, Referral
from gongwei.records.sets import any_of

_CHANGED = (
    "ended", "state", "continued_by", "reason", "closed_at", "closed_by", "answered_on", "answered_by_response",
)  # fmt: skip


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
        Referral.objects.bulk_update(some, _CHANGED, batch_size=500)
    return heard


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
