"""Families and managed diseases of a package: rows about residents who are on file by then."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import parsing, structural_layouts, structure
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.excel.structure import Made, Outcome, State
from gongwei.records import episodes_many, episodes_withdrawing
from gongwei.residents import operations as residents
from gongwei.residents import queries as people

REASON, UNDONE = "数据迁移导入", "撤销导入"


class _AboutResidents(structure.Writer):
    whole = False

    def _told(self, line: Line, verdict: Any, made: Any) -> Outcome:
        problem: Refused | None = verdict.refused
        if problem is not None:
            if problem.field == "done_on":
                words = problem.message.replace("服务日期", "纳入管理日期")
                problem = Refused(words, field="started_on", code=problem.code, hint=problem.hint)
            parsing.refused(self.parser, line, [problem])
            return State.REJECTED, None
        return (State.EXISTING if verdict.existing else State.APPLIED), made

    def _required(self, line: Line) -> None:
        super()._required(line)
        if line.resident_id is None and not line.wrong:
            self.say(line, "@record_no", "没有这位居民的档案", rule="resident_not_found")


class Households(_AboutResidents):
    """家庭成员: the rows of one 家庭编号 are one family; the old number itself is kept nowhere, its members are."""

    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        rows = [
            residents.Joining(
                line.values["=number"],
                line.resident_id,
                line.values["=relation"],
                line.values.get("=address", ""),
                line.values.get("=from_on"),
            )
            for line in lines
            if line.resident_id is not None
        ]
        verdicts = residents.join_many(by=self.by, at=at, rows=rows)
        return [
            self._told(line, verdict, verdict.household_id)
            for line, verdict in zip(lines, verdicts, strict=True)
        ]

    def undo(self, at: dt.datetime, rows: Sequence[Made]) -> list[str]:
        """See `structure.Writer.undo`."""
        leaving = [
            residents.Leaving(row.line.resident_id, row.made)
            for row in rows
            if row.line.resident_id is not None
        ]
        told = residents.leave_many(by=self.by, at=at, rows=leaving)
        return [_said(told.get(row.line.resident_id)) for row in rows]  # type: ignore[arg-type]


class Episodes(_AboutResidents):
    """专案: under management from a day, perhaps ended; with the responsible doctor where the file names none yet."""

    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        found: dict[int, Outcome] = {}
        kept, rows = [], []
        for line in lines:
            row = self._row(line)
            if row is None:
                found[line.position] = State.REJECTED, None
            else:
                kept.append(line)
                rows.append(row)
        verdicts = episodes_many.start_many(by=self.by, at=at, rows=rows)
        for line, verdict in zip(kept, verdicts, strict=True):
            found[line.position] = self._told(line, verdict, verdict.episode_id)
        self._doctors(at, [line for line in kept if found[line.position][0] == State.APPLIED])
        return [found[line.position] for line in lines]

    def _row(self, line: Line) -> episodes_many.Starting | None:
        values = line.values
        assert line.resident_id is not None
        ended_on, said = values.get("=ended_on"), values.get("=state")
        reason = values.get("=end_reason")
        if ended_on is not None and said not in (None, "ended"):
            self.say(line, "=state", "填了结束日期，状态却不是已结束", rule="state")
        if ended_on is None and (said == "ended" or reason):
            self.say(line, "=ended_on", "已结束的请填写结束日期", rule="required")
        code = ""
        if ended_on is not None:
            if reason is None:
                self.say(line, "=end_reason", "已结束的请填写结束原因", rule="required")
            else:
                code = structural_layouts.end_reason(values["=kind"], reason) or ""
                if not code:
                    self.say(line, "=end_reason", f"“结束原因”没有“{reason}”这个选项", rule="option")
        if any(each.severity == "block" for each in line.wrong):
            return None
        return episodes_many.Starting(
            line.resident_id,
            values["=kind"],
            values["=started_on"],
            "active" if said in (None, "ended") else said,
            values.get("=diagnosed_on"),
            values.get("=found_by", ""),
            values.get("=organization"),
            ended_on,
            code,
            REASON,
        )

    def _doctors(self, at: dt.datetime, lines: Sequence[Line]) -> None:
        wanted = {
            line.resident_id: line.values["=doctor"]
            for line in lines
            if line.resident_id is not None and "=doctor" in line.values
        }
        if not wanted:
            return
        kept = people.doctors_now(wanted)
        for doctor in sorted(set(wanted.values())):
            without = [key for key, one in wanted.items() if one == doctor and kept.get(key) is None]
            problem = without and self._tried(
                lambda doctor=doctor, without=without: residents.assign_doctor(  # type: ignore[misc]
                    by=self.by, at=at, resident_ids=without, doctor_id=doctor, reason=REASON
                )
            )
            for line in lines:
                if line.resident_id in without and problem:
                    self.say(
                        line, "=doctor", f"责任医生未登记：{problem.message.rstrip('。')}", severity="warn"
                    )
        for line in lines:
            if line.resident_id in wanted and kept.get(line.resident_id) not in (
                None,
                line.values.get("=doctor"),
            ):
                self.say(line, "=doctor", "与档案的责任医生不同，未修改", severity="warn")

    def undo(self, at: dt.datetime, rows: Sequence[Made]) -> list[str]:
        """See `structure.Writer.undo`."""
        told = episodes_withdrawing.withdraw_many(
            by=self.by, at=at, episode_ids=[row.made for row in rows], reason=UNDONE
        )
        return [_said(told[row.made]) for row in rows]


def _said(problem: Refused | None) -> str:
    return problem.message.rstrip("。") if problem else ""
