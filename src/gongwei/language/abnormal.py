"""Abnormal results: what a value on a form means, said to the doctor by its clinical name and to the resident in plain words.

    Abnormal(f.bmi, f.bmi >= Parameter("exam.obese_bmi"), "肥胖", explain="您的体重明显超标……", advise="……", refer=False)

An abnormal result is no diagnosis and changes no answer. It is shown beside the value, printed in the report for the resident,
and, where `refer` is True, opens a loop that stays open until somebody has written how it ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.fields import Field
from gongwei.language.forms import Form, check_forms
from gongwei.language.types import TRUTH, Room, common_room


@dataclass(frozen=True, eq=False)
class Abnormal:
    """One finding about one measured item. Of several about one field the first that holds is said, so the gravest stands first.

    Attributes:
        field: the item it is shown beside.
        when: a condition about the record; what is missing is not abnormal.
        name: the clinical name, for the doctor and the list of open referrals.
        explain, advise: what it means and what to do, in words a resident understands.
        refer: the resident should be seen by a hospital; urgent: at once, followed up within two weeks.
        code: stable name for loops and statistics; form, field and name are used when it is not given.
    """

    field: Field
    when: Expression
    name: str
    explain: str
    advise: str
    refer: bool = False
    urgent: bool = False
    code: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        owner = self.field.owner
        if owner is None or not issubclass(owner, Form):
            raise DefinitionError(
                f"{self.name}: field= takes a field of a form, as in Abnormal(CheckUp.bmi, ...)"
            )
        if self.node.type != TRUTH:
            raise DefinitionError(f"{self.name}: when= is not a condition")
        common_room([Room.RECORD, self.node.room], f"abnormal {self.name}")
        check_forms(self.node, owner, f"abnormal {self.name}")
        if self.urgent and not self.refer:
            raise DefinitionError(f"{self.name}: urgent=True is a referral; write refer=True as well")
        for what, words in (("name", self.name), ("explain", self.explain), ("advise", self.advise)):
            if not words:
                raise DefinitionError(f"{self.field.label} {self.name}: write {what}=")

    @property
    def on(self) -> type[Form]:
        """The form the field belongs to."""
        owner = self.field.owner
        assert owner is not None
        assert issubclass(owner, Form)
        return owner

    @property
    def node(self) -> Node:
        """When it holds."""
        return as_node(self.when)

    @property
    def key(self) -> str:
        """The stable name: as in "check_up.bmi.肥胖"."""
        return self.code or f"{self.field.form_code}.{self.field.name}.{self.name}"
