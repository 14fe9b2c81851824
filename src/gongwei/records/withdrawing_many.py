"""Filled forms withdrawn by the thousand, as an import that is taken back has them: what `enter_in_error` does, for many.

All of them are taken out at once, the last first; what stays of a resident is judged again once, when nothing withdrawn stands
before it any more (one by one it would take every class in between, and open and withdraw a referral for it).
tests/integration/packages holds the outcome equal to `enter_in_error` one by one, the last first.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from gongwei.base import audit_many, clock, copy_text, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.sets import any_of
from gongwei.places import policy
from gongwei.records import acceptance, bulk, columns, definitions, referrals_withdrawing, writing
from gongwei.records.models import Response
from gongwei.residents.models import Resident

_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")


def enter_in_error_many(
    *, by: Actor, at: dt.datetime, response_ids: Iterable[UUID], reason: str
) -> dict[UUID, Refused | None]:
    """Withdraw filled forms; for each None when it is withdrawn (now or before), else why it stays, as `enter_in_error` says it.

    Raises Refused without a reason or an account.
    """
    reason = acceptance.required_reason(reason, "作废")
    if by.account_id is None:
        raise Refused("作废须由登录账号办理", code="account")
    with (
        transaction.atomic(),
        scope.as_owner("each resident's area is checked against the actor's in _permitted"),
    ):
        return _Batch(by, at, reason).withdraw(list(response_ids))


class _Batch:
    def __init__(self, by: Actor, at: dt.datetime, reason: str) -> None:
        self.by, self.at, self.reason = by, at, reason
        self._allowed: dict[int, bool] = {}

    def withdraw(self, wanted: list[UUID]) -> dict[UUID, Refused | None]:
        owners = set(Response.objects.filter(any_of("id", wanted)).values_list("resident_id", flat=True))
        # Residents first, in one order, as everywhere.
        residents = bulk._residents(owners, lock=True)
        there = {
            each.pk: each
            for each in Response.objects.select_for_update()
            .only("id", "resident_id", "form_code", "done_on", "status")
            .filter(any_of("id", wanted))
            .order_by("pk")
        }
        told: dict[UUID, Refused | None] = {}
        going = []
        for key in wanted:
            response = there.get(key)
            told[key] = self._problem(response, residents)
            if response is not None and told[key] is None and response.status == Response.Status.FINAL:
                going.append(response)
        if going:
            going.sort(key=lambda each: (each.done_on, each.pk), reverse=True)
            self._take_out(going, residents)
            self._judge_again(going, residents)
        return told

    def _problem(self, response: Response | None, residents: Mapping[UUID, Resident]) -> Refused | None:
        resident = residents.get(response.resident_id) if response is not None else None
        if response is None or resident is None or not self.by.covers(resident.area_id):
            return Refused("未找到这份记录，或不在您的服务范围内", code="response_not_found")
        try:
            acceptance.require_alive(resident)
            self._permitted(resident.area_id)
            if response.status != Response.Status.ENTERED_IN_ERROR:
                acceptance.require_final(response)
        except Refused as refused:
            return refused
        return None

    def _permitted(self, area: int) -> None:
        if area not in self._allowed:
            self._allowed[area] = policy.may(self.by, policy.RECORD_ERROR, area_key=area)
        if not self._allowed[area]:
            policy.require(self.by, policy.RECORD_ERROR, area_key=area)

    def _take_out(self, going: list[Response], residents: Mapping[UUID, Resident]) -> None:
        """See `writing.take_out`; the changes and audit lines in the order in which one by one would write them."""
        Response.objects.filter(any_of("id", (each.pk for each in going))).update(
            status=Response.Status.ENTERED_IN_ERROR,
            error_at=self.at,
            error_by=self.by.account_id,
            error_reason=self.reason,
        )
        by_form: dict[str, list[UUID]] = {}
        for each in going:
            by_form.setdefault(each.form_code, []).append(each.pk)
        for code, keys in by_form.items():
            columns.model_for(code).objects.filter(any_of("response_id", keys)).update(live=False)
        heard = referrals_withdrawing.follow(going)
        now, announced, audited = clock.now(), [], []
        series = {
            code: audit_many.Series(
                by=self.by,
                at=self.at,
                action="enter_in_error",
                subject_kind="resident",
                detail={"what": "response", "form": code, "response": audit_many.HOLE, "reason": self.reason},
            )
            for code in by_form
        }
        for each in going:
            announced += [
                copy_text.line((now, "referral", one.pk, one.resident_id, one.advised_on))
                for one in heard.get(each.pk, ())
            ]
            announced.append(copy_text.line((now, "response", each.pk, each.resident_id, each.done_on)))
            area = residents[each.resident_id].area_id
            audited.append(series[each.form_code].line(each.resident_id, area, str(each.pk)))
        copy_text.copy("base_change", _CHANGE, announced)
        audit_many.copy(audited)

    def _judge_again(self, going: list[Response], residents: Mapping[UUID, Resident]) -> None:
        """What stays on or after the first withdrawn day: see `writing.reclassify_later`."""
        firsts: dict[str, dict[UUID, Response]] = {}
        for each in going:  # the last first, so that the earliest is kept
            firsts.setdefault(each.form_code, {})[each.resident_id] = each
        for code, first in firsts.items():
            definition = definitions.of(code)
            if not definition.tables:
                continue
            left = columns.model_for(code).objects.filter(any_of("resident_id", first), live=True)
            after = {
                key for key, day in left.values_list("resident_id", "done_on") if day >= first[key].done_on
            }
            for key in sorted(after):
                writing.reclassify_later(
                    residents[key],
                    definition,
                    first[key].done_on,
                    except_for=first[key].pk,
                    at=self.at,
                    by=self.by,
                )
