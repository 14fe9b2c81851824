"""机构: the tree, one organization with its staff and served areas, and its upkeep; 账号; 权限表."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, typing_in
from gongwei.interfaces.web.presenters import places as presenter
from gongwei.places import operations, policy, queries, roles


class OrganizationForm(forms.Form):
    """Name, kind, place and telephone of an organization."""

    code = forms.CharField(label="机构代码", max_length=22)
    credit_code = typing_in.DigitsField(label="统一社会信用代码", max_length=18, required=False)
    name = forms.CharField(label="机构名称", max_length=100)
    kind = forms.ChoiceField(label="机构类别", choices=presenter.KINDS)
    area = forms.TypedChoiceField(label="所在区划", coerce=int)
    parent = forms.TypedChoiceField(label="上级机构", coerce=UUID, empty_value=None, required=False)
    phone = typing_in.DigitsField(label="联系电话", max_length=20, required=False)


class StaffForm(forms.Form):
    """A member of staff."""

    name = forms.CharField(label="姓名", max_length=50)
    sex = forms.ChoiceField(label="性别", choices=[("", "未填"), ("1", "男"), ("2", "女")], required=False)
    title = forms.CharField(label="职称", max_length=50, required=False)
    phone = typing_in.DigitsField(label="电话", max_length=20, required=False)


class DutyForm(forms.Form):
    """A role in this organization, for a time."""

    practitioner = forms.TypedChoiceField(label="人员", coerce=UUID)
    role = forms.ChoiceField(label="角色", choices=roles.Role.choices)
    from_on = typing_in.DateField(label="起始日期")
    until_on = typing_in.DateField(label="截止日期（不含当日）", required=False)


class ServedForm(forms.Form):
    """An area an organization serves, from a day."""

    area = forms.TypedChoiceField(label="服务区划", coerce=int)
    from_on = typing_in.DateField(label="起始日期")
    until_on = typing_in.DateField(label="截止日期（不含当日）", required=False)


@pages.page()
def organizations(request: HttpRequest) -> HttpResponse:
    """The organizations of what the actor looks after: tree by place at the left, list at the right."""
    key = request.GET.get("area", "")
    wanted = request.GET.get("q", "").strip()[:50]
    if wanted:
        found = queries.search_organizations(request.actor, wanted, limit=200)
    else:
        found = queries.organizations(request.actor)
    tree = queries.areas_tree(request.actor)
    area = int(key) if key.isascii() and key.isdigit() else None
    context = {
        "tree": presenter.tree(tree, chosen=area, levels=4),
        "rows": presenter.organizations(found, area),
        "wanted": wanted,
        "area": area,
        "may_edit": policy.may(request.actor, policy.ORGANIZATION_EDIT),
    }
    return render(request, "web/organizations.html", context)


@pages.page(action=policy.ORGANIZATION_EDIT, methods=("GET", "POST"))
def new_organization(request: HttpRequest) -> HttpResponse:
    """Set up an organization."""
    form = _organization_form(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def run() -> str:
            made = operations.create_organization(
                by=request.actor,
                at=clock.now(),
                code=values["code"],
                name=values["name"],
                kind=values["kind"],
                area_key=values["area"],
                parent_id=values["parent"],
                credit_code=values["credit_code"] or None,
                phone=values["phone"],
            )
            return reverse("organization", args=[made.id])

        try:
            response = pages.send_once(request, run)
        except problems.Refused as refused:
            pages.show_problems(refused, form)
        else:
            messages.success(request, "机构已建立。请接着设定它的服务区域。")
            return response
    return render(request, "web/organization_form.html", {"form": form, "title": "新建机构"})


def _organization_form(request: HttpRequest, data: Any, **options: Any) -> OrganizationForm:
    form = OrganizationForm(data, **options)
    areas = queries.areas_in(queries.ranges(request.actor)).order_by("key")
    form.fields["area"].choices = [(str(area.key), f"{area.code} {area.name}") for area in areas]
    form.fields["parent"].choices = [
        ("", "无"),
        *((str(each.id), each.name) for each in queries.organizations(request.actor)),
    ]
    return presenter.styled(form)


@pages.page(methods=("GET", "POST"))
def organization(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """One organization; adding staff and duties where the duty allows it."""
    shown = pages.found(queries.organizations(request.actor).filter(id=organization_id).first())
    may_staff = policy.may(request.actor, policy.PRACTITIONER_EDIT, organization_id=shown.id)
    may_duty = policy.may(request.actor, policy.DUTY_EDIT, organization_id=shown.id)
    what = request.POST.get("what", "")
    staff = list(queries.staff(shown.id))
    staff_form = presenter.styled(StaffForm(request.POST if what == "staff" else None, prefix="staff"))
    duty_form = DutyForm(
        request.POST if what == "duty" else None, prefix="duty", initial={"from_on": clock.today()}
    )
    duty_form.fields["practitioner"].choices = [(str(each.id), each.name) for each in staff]
    presenter.styled(duty_form)
    may_edit = policy.may(request.actor, policy.ORGANIZATION_EDIT, organization_id=shown.id)
    served_form = _served_form(request, shown, what) if may_edit else None
    if request.method == "POST":
        form = {"staff": staff_form, "duty": duty_form, "served": served_form}.get(what)
        if what in ("end-duty", "end-served") or (form is not None and form.is_valid()):
            try:
                return pages.send_once(request, lambda: _change(request, shown.id, what, form))
            except problems.Refused as refused:
                if form is None:
                    messages.error(request, refused.message)
                else:
                    pages.show_problems(refused, form)
    context = {
        "organization": presenter.organization(shown),
        "staff": presenter.staff(staff, shown.id),
        "grids": presenter.grids(queries.grids_of_organization(shown.id)),
        "staff_form": staff_form,
        "duty_form": duty_form,
        "may_staff": may_staff,
        "may_duty": may_duty,
        "may_edit": may_edit,
        "served": queries.served_areas(shown.id),
        "served_form": served_form,
        "today": clock.today(),
    }
    return render(request, "web/organization.html", context)


def _served_form(request: HttpRequest, shown: Any, what: str) -> ServedForm:
    form = ServedForm(
        request.POST if what == "served" else None,
        prefix="served",
        initial={"area": shown.area_id, "from_on": clock.today()},
    )
    areas = queries.areas_in(queries.ranges(request.actor)).select_related("parent").order_by("key")
    form.fields["area"].choices = [
        (str(area.key), f"{area.parent.name} {area.name}" if area.level == "village" else area.name)
        for area in areas
    ]
    return presenter.styled(form)


def _change(request: HttpRequest, organization_id: UUID, what: str, form: Any) -> str:
    to = reverse("organization", args=[organization_id])
    if what == "end-duty":
        duty_id = pages.found(pages.uuid_of(request.POST.get("duty_id")))
        operations.end_duty(by=request.actor, at=clock.now(), duty_id=duty_id, on=clock.today())
        return to
    if what == "end-served":
        key = pages.uuid_of(request.POST.get("served_id"))
        row = pages.found(next((row for row in queries.served_areas(organization_id) if row.id == key), None))
        operations.set_served_area(
            by=request.actor,
            at=clock.now(),
            organization_id=organization_id,
            area_key=row.area_id,
            from_on=row.from_on,
            until_on=clock.today(),
        )
        return to
    values = form.cleaned_data
    if what == "served":
        operations.set_served_area(
            by=request.actor,
            at=clock.now(),
            organization_id=organization_id,
            area_key=values["area"],
            from_on=values["from_on"],
            until_on=values["until_on"],
        )
        return to
    if what == "staff":
        operations.create_practitioner(
            by=request.actor,
            at=clock.now(),
            organization_id=organization_id,
            name=values["name"],
            sex=values["sex"],
            title=values["title"],
            phone=values["phone"] or None,
        )
        return to
    operations.assign_duty(
        by=request.actor,
        at=clock.now(),
        organization_id=organization_id,
        practitioner_id=values["practitioner"],
        role=values["role"],
        from_on=values["from_on"],
        until_on=values["until_on"],
    )
    return to


@pages.page(action=policy.ORGANIZATION_EDIT, methods=("GET", "POST"))
def edit_organization(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Change an organization; a change somebody else saved in between is told, not overwritten."""
    shown = pages.found(queries.organizations(request.actor).filter(id=organization_id).first())
    policy.require(request.actor, policy.ORGANIZATION_EDIT, organization_id=shown.id)
    initial = {
        "name": shown.name,
        "kind": shown.kind,
        "area": shown.area_id,
        "parent": shown.parent_id,
        "phone": shown.phone,
    }
    form = _organization_form(request, request.POST or None, initial=initial)
    del form.fields["code"], form.fields["credit_code"]
    version = request.POST.get("version", str(shown.version))
    if request.method == "POST" and form.is_valid() and version.isdigit():
        changes = {
            name: form.cleaned_data[name] for name in initial if form.cleaned_data[name] != initial[name]
        }

        def run() -> str:
            operations.edit_organization(
                by=request.actor,
                at=clock.now(),
                organization_id=shown.id,
                base_version=int(version),
                changes=changes,
            )
            return reverse("organization", args=[shown.id])

        try:
            return pages.send_once(request, run)
        except problems.Refused as refused:
            pages.show_problems(refused, form)
    context = {"form": form, "title": f"修改机构：{shown.name}", "version": version}
    return render(request, "web/organization_form.html", context)


@pages.page()
def permissions(request: HttpRequest) -> HttpResponse:
    """权限表: the one table that decides, as it stands in the program."""
    context = {"columns": policy.columns(), "rows": list(policy.rows())}
    return render(request, "web/permissions.html", context)
