"""Staff of a package with their duties and accounts: one person may have several rows, told by the old system's number."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gongwei.base import clock
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import structure
from gongwei.interfaces.excel.cells import Unreadable
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.excel.structure import Made, Outcome, State
from gongwei.places import operations, queries


class Practitioners(structure.OneByOne):
    """人员与岗位. Who is on file is told by user name, else by organization and name; of several by title and sex.

    A title changes in the course of a working life, so that another one alone makes nobody another person; where the file itself
    has two of a name, it tells them apart.
    """

    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        people: dict[str, UUID] = {}
        #: The titles the file has for a name in an organization, by the person's number.
        self._titles: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for line in lines:
            if title := line.values.get("=title"):
                self._titles[_called(line)].setdefault(line.values.get("=number", ""), title)
        #: Of namesakes in one organization, who was taken for whom already.
        self._taken: dict[tuple[UUID, str], set[UUID]] = defaultdict(set)
        found = {}
        for line in sorted(lines, key=lambda line: line.position):
            found[line.position] = self.one(line, lambda line=line: self._person(at, line, people))  # type: ignore[misc]
        return [found[line.position] for line in lines]

    def _person(self, at: dt.datetime, line: Line, people: dict[str, UUID]) -> Outcome:
        values = line.values
        try:
            place = self.parser.names.organization(values["=organization"], "机构代码")
        except Unreadable as wrong:
            raise Refused(wrong.message, field="organization", code=wrong.code, hint=wrong.hint) from None
        number = values.get("=number") or f"{place}/{values['=name']}"
        known = people.get(number)
        if known is not None:
            person = queries.practitioner(known)
            if person is None or person.name != values["=name"]:
                raise Refused(
                    f"人员编号“{number}”在前面的行中是另一个姓名", field="number", code="other_name"
                )
            new = False
        else:
            person = self._on_file(line, place)
            new = person is None
        if person is None:
            person = operations.create_practitioner(
                by=self.by,
                at=at,
                name=values["=name"],
                organization_id=place,
                sex=values.get("=sex", ""),
                title=values.get("=title", ""),
                phone=values.get("=phone"),
            )
        self._taken[place, person.name].add(person.id)
        made = new
        made |= self._account(at, line, person)
        made |= self._duties(at, line, person, place)
        people[number] = person.id
        return (State.APPLIED if made else State.EXISTING), person.id

    def _on_file(self, line: Line, place: UUID) -> Any:
        """The person of the row, if on file. Raises Refused when several may be meant."""
        values = line.values
        username = values.get("=username")
        if username and (account := queries.account_named(username)):
            if account.practitioner is None or account.practitioner.name != values["=name"]:
                raise Refused(f"用户名“{username}”已由他人使用", field="username", code="username_taken")
            return account.practitioner
        alike = [
            each
            for each in queries.people_named(place, values["=name"])
            if each.id not in self._taken[place, values["=name"]] and self._may_be(line, each)
        ]
        alike = [each for each in alike if _same_title(line, each)] or alike
        # Namesakes alike in everything were entered in the order of their rows; any other choice is a person's.
        in_order = values.get("=number") and all(_same_title(line, each) for each in alike)
        if len(alike) > 1 and not in_order:
            raise Refused(
                f"该机构已有{len(alike)}位“{values['=name']}”，不能确定是哪一位",
                field="name",
                code="ambiguous_name",
                hint="请填写用户名，或填写能区分的职称、性别。",
            )
        if not alike:
            return None
        person = alike[0]
        if not _same_title(line, person):
            own = values.get("=number", "")
            if any(
                title == person.title
                for number, title in self._titles[_called(line)].items()
                if number != own
            ):
                return None  # another row of the file is this one
            self.say(
                line,
                "=title",
                f"与系统中的职称“{person.title}”不同，未修改",
                "如需修改，请在系统中办理。",
                severity="warn",
            )
        return person

    @staticmethod
    def _may_be(line: Line, person: Any) -> bool:
        values = line.values
        username = person.account.username if hasattr(person, "account") else None
        return all(
            typed is None or not kept or typed == kept
            for typed, kept in ((values.get("=sex"), person.sex), (values.get("=username"), username))
        )

    def _account(self, at: dt.datetime, line: Line, person: Any) -> bool:
        username = line.values.get("=username")
        if not username:
            return False
        account = queries.account_of(person.id)
        if account is not None:
            if account.username != username:
                raise Refused(
                    f"{person.name}已有账号“{account.username}”", field="username", code="has_account"
                )
            if account.active or not self.taken_back(person.id):
                return False
            operations.set_account_active(by=self.by, at=at, account_id=account.id, active=True)
            return True
        operations.create_account(
            by=self.by, at=at, practitioner_id=person.id, username=username, closed=True
        )
        return True

    def _duties(self, at: dt.datetime, line: Line, person: Any, place: UUID) -> bool:
        values, made = line.values, False
        held = [each for each in queries.all_duties(person.id) if each.organization_id == place]
        today = clock.day_of(at)
        again = bool(held) and self.taken_back(person.id)
        for role in values.get("=roles", ()):
            first, until = values.get("=from_on"), values.get("=until_on")
            ended = [each.until_on for each in held if each.role == role and each.until_on]
            running = any(each.role == role and (each.until_on or dt.date.max) > today for each in held)
            if again and ended and until is None and not running:
                # A duty that was taken back goes on from where it was ended.
                first = max([today, *ended])
            elif any(
                each.role == role and first in (None, each.from_on) and until in (None, each.until_on)
                for each in held
            ):
                continue
            operations.assign_duty(
                by=self.by,
                at=at,
                practitioner_id=person.id,
                role=role,
                organization_id=place,
                from_on=first or clock.day_of(at),
                until_on=until,
            )
            made = True
        return made

    def _undo(self, at: dt.datetime, row: Made) -> None:
        """End the duties the row gave and stop the account: the person stays, records may name them."""
        today, values = clock.day_of(at), row.line.values
        place = self.parser.names.organization(values["=organization"], "机构代码")
        for duty in queries.all_duties(row.made):
            mine = duty.role in values.get("=roles", ()) and duty.organization_id == place
            if not mine or (duty.until_on is not None and duty.until_on <= today):
                continue
            on = max(today, duty.from_on + dt.timedelta(days=1))
            operations.end_duty(by=self.by, at=at, duty_id=duty.id, on=on)
        account = queries.account_of(row.made)
        if account is not None and account.username == values.get("=username") and account.active:
            operations.set_account_active(by=self.by, at=at, account_id=account.id, active=False)


def _called(line: Line) -> tuple[str, str]:
    return line.values["=organization"], line.values["=name"]


def _same_title(line: Line, person: Any) -> bool:
    title = line.values.get("=title")
    return title is None or not person.title or title == person.title
