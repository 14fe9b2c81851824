"""Stored tasks brought into line, by random histories: nothing done is lost, and building anew gives the same."""

import datetime as dt
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from gongwei.tasks import contacts, planning, reconciling
from gongwei.tasks.planning import Done, Span
from gongwei.tasks.reconciling import PERSON, Stored, Why

D = dt.date
FIRST = D(2025, 1, 1)
NAMESPACE = UUID(int=77)
CONTACTS = ("htn.follow_up", "htn.check_up", "dm.follow_up", "dm.check_up")
days = st.integers(0, 330).map(lambda n: FIRST + dt.timedelta(days=n))

# What may happen: a record is made or withdrawn, an episode begins, ends or goes on, the resident dies or the file is
# restored, a person cancels an open task, time passes.
events = st.one_of(
    st.tuples(
        st.just("record"), days, st.sets(st.sampled_from(CONTACTS), min_size=1, max_size=4).map(frozenset)
    ),
    st.tuples(st.just("withdraw"), st.integers(0, 30)),
    st.tuples(st.just("begin"), st.sampled_from(["hypertension", "diabetes"]), days),
    st.tuples(st.just("end"), st.sampled_from(["hypertension", "diabetes"]), days),
    st.tuples(st.just("resume"), st.sampled_from(["hypertension", "diabetes"])),
    st.tuples(st.just("gone"), st.booleans()),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("attempt"), st.integers(0, 30)),
    st.tuples(st.just("pass"), st.integers(1, 90)),
)


class World:
    """One resident, the stored tasks, and what must never be lost."""

    def __init__(self):
        self.today = FIRST
        self.records, self.spans, self.gone = [], {}, False
        self.stored, self.attempts = {}, {}
        self.made = 0

    def happens(self, event):
        """Let one thing happen."""
        what, *said = event
        if what == "record":
            self.made += 1
            self.records.append(Done(uuid5(NAMESPACE, f"r{self.made}"), min(said[0], self.today), said[1]))
        elif what == "withdraw" and self.records:
            self.records.pop(said[0] % len(self.records))
        elif what == "begin" and said[0] not in self.spans:
            self.spans[said[0]] = Span(said[0], min(said[1], self.today), None, uuid5(NAMESPACE, said[0]))
        elif what == "end" and said[0] in self.spans:
            span = self.spans[said[0]]
            self.spans[said[0]] = span._replace(last=max(span.first, min(said[1], self.today)))
        elif what == "resume" and said[0] in self.spans:
            self.spans[said[0]] = self.spans[said[0]]._replace(last=None)
        elif what == "gone":
            self.gone = said[0]
        elif what in ("cancel", "attempt"):
            opened = [each for each in self.stored.values() if each.state in reconciling.OPEN]
            if opened:
                chosen = opened[said[0] % len(opened)]
                if what == "cancel":
                    self.stored[chosen.id] = chosen._replace(
                        state="cancelled", cancel_code=PERSON, cancel_reason="重复"
                    )
                else:
                    self.attempts[chosen.id] = self.attempts.get(chosen.id, 0) + 1
        elif what == "pass":
            self.today += dt.timedelta(days=said[0])

    def wanted(self):
        """What is expected now."""
        return planning.expected(
            list(self.spans.values()),
            self.records,
            contacts.of_kind,
            today=self.today,
            parameter=contacts.parameter,
            open_allowed=not self.gone,
        )

    def changes(self, stored):
        """What has to change in some stored tasks."""
        return reconciling.changes(
            stored,
            self.wanted(),
            standing={each.response for each in self.records},
            since=planning.horizon(self.today),
            why=Why("cancelled", "居民已死亡") if self.gone else None,
        )

    def replan(self):
        """Bring the stored tasks into line."""
        found = self.changes(list(self.stored.values()))
        for task in found.added:
            self.made += 1
            key = uuid5(NAMESPACE, f"t{self.made}")
            self.stored[key] = as_stored(key, task)
        for row in found.changed:
            self.stored[row.id] = row


def as_stored(key, task):
    """A new row."""
    return Stored(
        key, task.contact, task.anchor, task.episode, task.reason, task.earliest, task.due, task.latest,
        task.state, task.response, task.completed_on,
    )  # fmt: skip


def shape(rows):
    """What two ways of building must agree in: tasks that are neither cancelled nor of an earlier year."""
    return {
        (each.contact, each.anchor): (each.state, each.due, each.response)
        for each in rows
        if each.state != "cancelled"
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(events, min_size=1, max_size=25))
def test_nothing_is_lost_and_planning_twice_changes_nothing(history):
    world = World()
    for event in history:
        world.happens(event)
        before = dict(world.stored)
        world.replan()
        standing = {each.response for each in world.records}
        for key, row in before.items():
            now = world.stored[key]  # no task ever disappears, so no attempt made for it does
            if row.state == "completed" and row.response in standing:
                closed = [each for each in world.stored.values() if each.response == row.response]
                assert now.state == "completed" or closed, (row, now)
            if row.cancel_code == PERSON:
                assert now == row or now.state == "completed", (row, now)
        assert set(world.attempts) <= set(world.stored)
        assert not world.changes(list(world.stored.values())), event
        names = [(each.contact, each.anchor) for each in world.stored.values()]
        assert len(names) == len(set(names))


@settings(max_examples=150, deadline=None)
@given(st.lists(events.filter(lambda each: each[0] != "cancel"), min_size=1, max_size=25))
def test_building_anew_gives_what_step_by_step_gave(history):
    world = World()
    for event in history:
        world.happens(event)
        world.replan()
    anew = [as_stored(uuid5(NAMESPACE, str(n)), task) for n, task in enumerate(world.wanted())]
    standing = shape(world.stored.values())
    # What was finished and is no longer derived (an episode moved, a year passed) stays; all that is derived is equal.
    assert {key: standing.get(key) for key in shape(anew)} == shape(anew)
    beyond = {key: value for key, value in standing.items() if key not in shape(anew)}
    assert {state for state, _, _ in beyond.values()} <= {"completed", "failed"}


def test_a_record_does_a_contact_once_when_the_one_before_it_is_withdrawn():
    """What it finished goes to the task it now does; where that one is stored as well, its own is no task any more."""
    follow_up = frozenset({"htn.follow_up"})
    for first_year in (2024, 2025):
        world = World()
        world.today = D(2025, 10, 20)
        world.spans["hypertension"] = Span("hypertension", D(2024, 1, 10), None, uuid5(NAMESPACE, "e"))
        for on in (D(first_year, 1, 20), D(first_year, 4, 20), D(2025, 7, 20)):
            world.happens(("record", on, follow_up))
        world.replan()
        last = world.records[-1].response
        world.attempts = {key: 1 for key, row in world.stored.items() if row.response == last}
        world.records.pop(1)
        world.replan()
        done = [row for row in world.stored.values() if row.state == "completed" and row.response == last]
        assert [row.anchor for row in done] == [f"after:{D(first_year, 1, 20)}"]
        # Not stored before (its record was last year's), it is the same row under its new name.
        assert (done[0].id in world.attempts) is (first_year == 2024)
        assert not world.changes(list(world.stored.values()))
