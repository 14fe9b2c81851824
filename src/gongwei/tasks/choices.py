"""What pages ask about tasks without knowing the tables: results of an attempt, states that are open."""

from gongwei.tasks import models, reconciling

#: 未成的结果: (code, words).
RESULTS: tuple[tuple[str, str], ...] = tuple((each.value, each.label) for each in models.Result)
OPEN: tuple[str, ...] = tuple(each.value for each in models.OPEN)
BY_PERSON = reconciling.PERSON
