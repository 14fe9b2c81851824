"""Rows of a 建档 sheet about somebody who is on file already, told by the record number an export gave them.

Such a row files nobody and changes nothing: an export that is sent back as it was is the identity. What differs from the file
is named, so that nobody believes it was taken over.
"""

from collections.abc import Sequence
from typing import Any

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.interfaces.excel import layouts, parsing, staging
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.excel.parsing import Line, Parser
from gongwei.residents import bulk, old_numbers, profile, queries


class Filed:
    """Who is on file of those a portion of a sheet names by record number."""

    def __init__(self, by: Actor, parser: Parser, lines: Sequence[Line], *, moving_in: bool = False) -> None:
        """Within the actor's scope. `moving_in`: the numbers may be an old system's, which look like ours now and then."""
        self._parser, self._moving_in = parser, moving_in
        self._today = clock.today()
        numbers = {number for line in lines if (number := line.values.get(layouts.PROFILE_RECORD_NO))}
        self._known = bulk.by_record_number(by, numbers) if numbers else {}
        self._old = old_numbers.by_old_number(by, numbers) if numbers else {}
        if moving_in:
            self._without_taken_back()
        wanted = [each.id for each in self._known.values()]
        wanted += [each.id for some in self._old.values() for each in some]
        self._residents = {each.id: each for each in queries.visible_to(by).filter(id__in=wanted)}

    def _without_taken_back(self) -> None:
        """Leave out whom an earlier package filed and took back: they are filed anew."""
        everybody = [*self._known.values(), *(each for some in self._old.values() for each in some)]
        gone = staging.taken_back(each.id for each in everybody)
        self._known = {number: each for number, each in self._known.items() if each.id not in gone}
        self._old = {
            number: [each for each in some if each.id not in gone] for number, some in self._old.items()
        }

    def told(self, line: Line) -> str | None:
        """What becomes of a line, with what is to be said of it; None when a resident is to be filed."""
        number = line.values.get(layouts.PROFILE_RECORD_NO)
        starred = "*" in line.values.get("=id_number", "")
        known = self._person(line, number) if number else None
        if known is None:
            if starred:
                what = (
                    "没有这份档案，或不在您的服务范围内；证件号码带*号，不能据此建档"
                    if number
                    else "证件号码不完整（带*号），不能据此建档"
                )
                self._say(line, "=id_number", what, "masked", hint="请填写完整的证件号码。")
            elif number:
                what = "没有这个编号的档案，将另编档案编号，原编号另行保存、仍可查到"
                self._say(line, layouts.PROFILE_RECORD_NO, what, "new_number", "warn")
            return None
        if line.wrong:
            return None
        if not parsing.same_name(line.values.get("=name", ""), known.name):
            shown = known.name[0] + "*" * (len(known.name) - 1)
            self._say(
                line, "=name", f"姓名与档案不符，档案为“{shown}”", "other_name", hint="请核对编号和姓名。"
            )
            return UploadRow.State.REJECTED
        line.resident_id = known.id
        differing = self._differing(line, self._residents[known.id])
        if differing:
            what = f"已有档案，未修改；与档案不同的内容：{'、'.join(differing)}"
            self._say(
                line, layouts.PROFILE_RECORD_NO, what, "existing", "warn", hint="如需修改，请打开档案编辑。"
            )
        return UploadRow.State.EXISTING

    def _person(self, line: Line, number: str) -> bulk.Known | None:
        """Whose number it is: in an old system of the same name, else ours.

        Numbers of old systems follow the same national scheme. Where one of them is by chance a number we gave to somebody
        of another name or document, it says nothing about that person.
        """
        name = line.values.get("=name", "")
        old = [each for each in self._old.get(number, ()) if parsing.same_name(name, each.name)]
        ours = self._known.get(number)
        if len(old) == 1 and (ours is None or not self._is(line, ours)):
            return old[0]
        if ours is not None and self._moving_in and not self._is(line, ours):
            return None
        return ours

    def _is(self, line: Line, known: bulk.Known) -> bool:
        """Whether name and document of a line are those of somebody on file."""
        if not parsing.same_name(line.values.get("=name", ""), known.name):
            return False
        typed = line.values.get("=id_number")
        if typed is None:
            return True
        kept = profile.values(self._residents[known.id])["id_number"]
        if "*" in typed:
            return bool(typed == layouts.MASKS["id_number"](kept))
        clean, wrong = profile.read({"id_number": typed}, on=self._today)
        return not wrong and clean["id_number"] == kept

    def _say(
        self, line: Line, identifier: str, reason: str, rule: str, severity: str = "block", *, hint: str = ""
    ) -> None:
        line.wrong.append(self._parser.wrong(line, identifier, reason, hint, rule, severity))

    def _differing(self, line: Line, resident: Any) -> list[str]:
        """Headings of the items that say something else than the file."""
        kept = profile.values(resident)
        found = []
        for column in self._parser.layout.columns:
            name, typed = column.identifier[1:], line.values.get(column.identifier)
            if typed is None or name == "record_no":
                continue
            if name == "filed_on":
                same = resident.filed_on is not None and typed == resident.filed_on.isoformat()
            elif name in layouts.MASKS and "*" in typed:
                same = typed == layouts.MASKS[name](kept[name])
            else:
                clean, wrong = profile.read({name: typed}, on=self._today)
                same = not wrong and profile.as_text(name, clean[name]) == profile.as_text(name, kept[name])
            if not same:
                found.append(column.heading)
        return found
