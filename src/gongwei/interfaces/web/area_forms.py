"""The boxes of a decision on divisions: 设立 更名 变更代码 拆分 合并. What they may hold is said by the operations."""

from typing import Any

from django import forms

from gongwei.interfaces.web import typing_in
from gongwei.interfaces.web.presenters import places as presenter
from gongwei.places import deciding, division_codes, queries

PARTS = 4
NEW, STAYS = "new", "stays"


class DecisionForm(forms.Form):
    """Day and document, which every decision has."""

    on = typing_in.DateField(label="生效日期", required=False)
    document = forms.CharField(label="依据文件", max_length=200, required=False)

    def __init__(self, *args: Any, area: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area = area
        self.furnish()
        self.order_fields([name for name in self.fields if name not in ("on", "document")])
        self.fields["document"].widget.attrs["placeholder"] = "文号和名称，如 省政府民政批复〔2026〕12号"
        presenter.styled(self)

    def furnish(self) -> None:
        """Add boxes and choices that depend on the area."""

    def said(self) -> dict[str, Any]:
        """The decision as `deciding.decide` takes it. Call after `is_valid`."""
        own = {name: value for name, value in self.cleaned_data.items() if name != "on"}
        on = self.cleaned_data["on"]
        return {"key": self.area.code, "on": on.isoformat() if on else "", **own}

    def boxes(self) -> list[Any]:
        """The boxes in their order, those of rows apart."""
        return [box for box in self if not box.name.startswith(("part", "grid_"))]

    def part_rows(self) -> list[list[Any]]:
        """Rows of code and name of the parts of a split."""
        return []

    def grid_rows(self) -> list[Any]:
        """One box for each grid that can go to a part."""
        return []


class CreateForm(DecisionForm):
    """A new area below this one."""

    code = typing_in.DigitsField(label="区划代码（12位）", max_length=20, required=False)
    name = forms.CharField(label="名称", max_length=70, required=False)
    record_segment = typing_in.DigitsField(label="档案编号段", max_length=3, required=False)
    urban_rural_code = forms.ChoiceField(label="城乡分类代码", required=False)

    def furnish(self) -> None:
        """The codes of town and country."""
        self.fields["urban_rural_code"].choices = [
            ("", "不填"),
            *((code, f"{code} {title}") for code, title in division_codes.URBAN_RURAL.items()),
        ]
        self.fields["record_segment"].help_text = "不填则按代码编排，设立后不再改变"


class RenameForm(DecisionForm):
    """A new name."""

    name = forms.CharField(label="新名称", max_length=70, required=False)


class RecodeForm(DecisionForm):
    """A new code."""

    code = typing_in.DigitsField(label="新区划代码（12位）", max_length=20, required=False)


class SplitForm(DecisionForm):
    """The parts, and where each grid goes."""

    continues = forms.BooleanField(label="原区划继续存在，只划出一部分", required=False, initial=True)

    def furnish(self) -> None:
        """Rows for the parts; a choice for each grid of the village."""
        for number in range(1, PARTS + 1):
            self.fields[f"part{number}_code"] = typing_in.DigitsField(
                label=f"第{number}个新区划的代码", max_length=20, required=False
            )
            self.fields[f"part{number}_name"] = forms.CharField(
                label=f"第{number}个新区划的名称", max_length=70, required=False
            )
        parts = [(str(number), f"第{number}个新区划") for number in range(1, PARTS + 1)]
        self.grids = list(queries.grids([self.area.key]))
        for grid in self.grids:
            self.fields[f"grid_{grid.id}"] = forms.ChoiceField(
                label=grid.name, choices=[(STAYS, f"留在{self.area.name}"), *parts], required=False
            )

    def part_rows(self) -> list[list[Any]]:
        """Code and name of each part."""
        return [[self[f"part{n}_code"], self[f"part{n}_name"]] for n in range(1, PARTS + 1)]

    def grid_rows(self) -> list[Any]:
        """One box for each grid."""
        return [self[f"grid_{grid.id}"] for grid in self.grids]

    def said(self) -> dict[str, Any]:
        """Parts that were filled in, and the grids that leave."""
        given = self.cleaned_data
        codes = {str(n): given[f"part{n}_code"] for n in range(1, PARTS + 1)}
        into = [
            {"code": codes[str(n)], "name": given[f"part{n}_name"]}
            for n in range(1, PARTS + 1)
            if codes[str(n)] or given[f"part{n}_name"]
        ]
        grids = {
            str(grid.id): codes[where]
            for grid in self.grids
            if (where := given[f"grid_{grid.id}"]) not in ("", STAYS)
        }
        return {
            "key": self.area.code,
            "on": given["on"].isoformat() if given["on"] else "",
            "document": given["document"],
            "continues": given["continues"],
            "into": into,
            "grids": grids,
        }


class MergeForm(DecisionForm):
    """Which others, and what they become."""

    others = forms.MultipleChoiceField(
        label="与哪些区划合并", widget=forms.CheckboxSelectMultiple, required=False
    )
    into = forms.ChoiceField(label="合并后", required=False)
    code = typing_in.DigitsField(label="新区划代码（沿用的不填）", max_length=20, required=False)
    name = forms.CharField(label="新区划名称（沿用的不填）", max_length=70, required=False)

    def furnish(self) -> None:
        """Its sisters under the same parent."""
        sisters = deciding.siblings(self.area)
        self.fields["others"].widget.attrs["class"] = "form-check-input"
        self.fields["others"].choices = [(each.code, f"{each.name}（{each.code}）") for each in sisters]
        self.fields["into"].choices = [
            (self.area.code, f"沿用{self.area.name}"),
            *((each.code, f"沿用{each.name}") for each in sisters),
            (NEW, "设立新区划"),
        ]

    def said(self) -> dict[str, Any]:
        """All that are merged, with the one that goes on or the new one."""
        given = self.cleaned_data
        new = {"code": given["code"], "name": given["name"]}
        return {
            "keys": [self.area.code, *given["others"]],
            "into": new if given["into"] == NEW else given["into"] or self.area.code,
            "on": given["on"].isoformat() if given["on"] else "",
            "document": given["document"],
        }


FORMS: dict[str, tuple[str, str, type[DecisionForm]]] = {
    "create": ("设立下级区划", "在本区划之下设立。代码用过的不能再用。", CreateForm),
    "rename": ("更名", "生效日以前的记录仍显示当时的名称。", RenameForm),
    "recode": (
        "变更代码",
        "撤县设区、划归另一乡镇等。原代码停用，居民、家庭、机构和下级区划随之改到新代码；档案编号不变。",
        RecodeForm,
    ),
    "split": (
        "拆分",
        "家庭和居民随网格划到新区划；没有网格的留在原区划：请先在“网格”页把家庭划入网格，再办理拆分。",
        SplitForm,
    ),
    "merge": (
        "合并",
        "被合并的区划停用，其居民、家庭、机构和服务关系转入合并后的区划；档案编号不变。",
        MergeForm,
    ),
}
#: Which decisions can be made about an area of a level.
OPEN_TO = {
    "create": ("province", "city", "county", "township"),
    "rename": ("county", "township", "village"),
    "recode": ("township", "village"),
    "split": ("village",),
    "merge": ("township", "village"),
}
