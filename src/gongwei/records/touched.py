"""Whose file somebody has worked on: what an import that is taken back must leave alone."""

from collections.abc import Iterable
from uuid import UUID

from gongwei.base.sets import any_of
from gongwei.records.models import Episode, Response
from gongwei.residents.models import ResidentChange

_OPEN = (Episode.State.VERIFIED, Episode.State.ACTIVE)


def touched(residents: Iterable[UUID]) -> dict[UUID, str]:
    """Return, for those with living records, managed diseases or a person's changes in their file, what stands in the way.

    A change by an import names no practitioner; one by a person does.
    """
    wanted = list(residents)
    found: dict[UUID, str] = {}
    changed = ResidentChange.objects.filter(any_of("resident_id", wanted), practitioner_id__isnull=False)
    for key in changed.values_list("resident_id", flat=True).distinct():
        found[key] = "档案已有人修改"
    managed = Episode.objects.filter(any_of("resident_id", wanted), state__in=_OPEN)
    for key in managed.values_list("resident_id", flat=True).distinct():
        found[key] = "已纳入专案管理"
    served = Response.objects.filter(any_of("resident_id", wanted), status=Response.Status.FINAL)
    for key in served.values_list("resident_id", flat=True).distinct():
        found[key] = "另有服务记录"
    return found
