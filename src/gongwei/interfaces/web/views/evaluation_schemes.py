"""评价方案: the schemes of a county, made, copied, imported, changed as drafts, approved by another person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import clock, problems
from gongwei.evaluation import national, queries, schemes, seeing, setting_words, trees
from gongwei.interfaces.excel import scheme_sheet
from gongwei.interfaces.web import evaluating, pages, shell
from gongwei.interfaces.web.presenters import evaluation as presenter
from gongwei.places import policy


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def scheme_list(request: HttpRequest) -> HttpResponse:
    """The schemes of a year; here one is made from the default, from a file, or copied from another year."""
    year = shell.year_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _make(request))
        if answer is not None:
            return answer
    rows = list(queries.scheme_list(request.actor, year))
    names = queries.account_names({each for row in rows for each in (row.made_by, row.approved_by)})
    context = {
        "year": year,
        "years": evaluating.years(),
        "rows": [presenter.scheme(each, names) for each in rows],
        "levels": national.LEVELS.items(),
        "sources": list(queries.scheme_list(request.actor)[:20]),
        "may_edit": policy.may(request.actor, policy.EVALUATION_EDIT),
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/evaluation/schemes.html", context)


def _make(request: HttpRequest) -> str:
    county = seeing.county_of(request.actor) or 0
    year = evaluating.number_of(request.POST.get("year")) or 0
    level, document = request.POST.get("level", ""), request.POST.get("document", "")
    now, by = clock.now(), request.actor
    what = request.POST.get("what")
    if what == "copy":
        source = pages.uuid_of(request.POST.get("source"))
        if source is None or queries.scheme(by, source) is None:
            raise problems.Refused("请选择从哪个方案复制。", code="source")
        made = schemes.copied(by=by, at=now, scheme_id=source, year=year, document=document)
    elif what == "upload":
        policy.require(by, policy.EVALUATION_EDIT, area_key=county)
        name, content = evaluating.uploaded(request)
        made = schemes.imported(
            by=by,
            at=now,
            county_key=county,
            year=year,
            level=level,
            tree=scheme_sheet.read(content),
            origin=f"导入自文件“{name}”",
            document=document,
        )
    else:
        made = schemes.from_default(
            by=by, at=now, county_key=county, year=year, level=level, document=document
        )
    messages.success(request, "已建立方案草稿，修改后提交审定。")
    return reverse("evaluation-scheme", args=[made.id])


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def scheme(request: HttpRequest, scheme_id: UUID) -> HttpResponse:
    """One scheme with its tree; a draft is changed here, handed in, approved or sent back; any is downloaded as a sheet."""
    row = pages.found(queries.scheme(request.actor, scheme_id))
    if request.method == "GET" and "sheet" in request.GET:
        return evaluating.sent(f"{row.title}.xlsx", scheme_sheet.write(schemes.tree_of(row)))
    wrong: list[str] = []
    typed: Mapping[str, str] = {}
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _act(request, row))
        if answer is not None:
            return answer
        typed = request.POST
        row = pages.found(queries.scheme(request.actor, scheme_id))
    may_edit = policy.may(request.actor, policy.EVALUATION_EDIT, area_key=row.county_key)
    tree = schemes.tree_of(row)
    names = queries.account_names({row.made_by, row.changed_by, row.approved_by})
    context = {
        "row": presenter.scheme(row, names),
        "digest": row.digest,
        "rows": presenter.tree_rows(row),
        "sections": [(part, section) for part in tree.parts for section in part.children],
        "total": f"{tree.total:f}",
        "spread": trees.SPREADS[tree.spread],
        "annual": trees.ANNUAL[tree.annual["kind"]],
        "annual_kind": tree.annual["kind"],
        "annual_words": _annual_words(tree.annual),
        "annuals": trees.ANNUAL.items(),
        "spreads": trees.SPREADS.items(),
        "spread_code": tree.spread,
        "faults": [each.message for each in schemes.faults(tree)] if row.is_open else [],
        "editing": row.is_open and may_edit,
        "submitted": row.state == schemes.State.SUBMITTED,
        "may_approve": policy.may(request.actor, policy.EVALUATION_APPROVE, area_key=row.county_key),
        "own": request.actor.account_id in (row.made_by, row.changed_by),
        "may_edit": may_edit,
        "methods": trees.METHODS.items(),
        "examples": [(trees.METHODS[code], words) for code, words in setting_words.EXAMPLES.items()],
        "measures": [(each.code, each.title) for each in catalogue.measures()],
        "periods": schemes.PERIODS.items(),
        "wrong": wrong,
        "typed": typed,
    }
    return render(request, "web/evaluation/scheme.html", context)


def _annual_words(rule: Mapping[str, Any]) -> str:
    if rule["kind"] == trees.WEIGHTS:
        return "；".join(f"{number}={share}" for number, share in rule.get("weights", {}).items())
    if rule["kind"] == trees.MIX:
        return f"日常={rule['daily']}；阶段={rule['stage']}"
    return ""


def _act(request: HttpRequest, row: Any) -> str:
    here = reverse("evaluation-scheme", args=[row.id])
    given: dict[str, Any] = {"by": request.actor, "at": clock.now(), "scheme_id": row.id}
    match request.POST.get("what"):
        case "save":
            schemes.change(
                **given,
                tree=_tree(request.POST, row),
                title=request.POST.get("title", ""),
                document=request.POST.get("document", ""),
            )
            messages.success(request, "已保存。")
        case "upload":
            _, content = evaluating.uploaded(request)
            tree = scheme_sheet.read(content, schemes.tree_of(row))
            schemes.change(**given, tree=trees.plain(tree))
            messages.success(request, "已按文件更新草稿。")
        case "submit":
            schemes.submit(**given)
            messages.success(request, "已提交，由另一位县级管理人员审定。")
        case "approve":
            schemes.approve(**given)
            messages.success(request, "方案已审定，从现在起使用，内容不再变动。")
        case "send_back":
            schemes.send_back(**given)
            messages.success(request, "已退回修改。")
        case "withdraw":
            schemes.withdraw(**given)
            messages.success(request, "草稿已撤回。")
            return reverse("evaluation-schemes")
    return here


def _tree(post: Any, row: Any) -> dict[str, Any]:
    """The tree as it was typed: titles, points, methods and settings of what is there, what was crossed out, what was added."""
    tree = trees.plain(schemes.tree_of(row))
    tree["total"] = post.get("total", tree["total"])
    tree["spread"] = post.get("spread", tree["spread"])
    tree["annual"] = _annual(post)
    for part in tree["parts"]:
        _branch(part, post)
        for section in part["children"]:
            _branch(section, post)
            kept = [each for each in section["children"] if f"x:{each['code']}" not in post]
            for item in kept:
                _item(item, post)
            if post.get("add_section") == section["code"] and post.get("add_title", "").strip():
                kept.append(_added(section, kept, post))
            section["children"] = kept
        part["children"] = [each for each in part["children"] if each["children"]]
    tree["parts"] = [each for each in tree["parts"] if each["children"]]
    return tree


def _branch(node: dict[str, Any], post: Any) -> None:
    node["title"] = post.get(f"t:{node['code']}", node["title"]).strip()
    node["points"] = post.get(f"n:{node['code']}", node["points"]).strip()


def _item(item: dict[str, Any], post: Any) -> None:
    code = item["code"]
    _branch(item, post)
    item["method"] = post.get(f"m:{code}", item["method"])
    item["settings"] = _settings(item["title"], item["method"], post.get(f"s:{code}", ""))
    for name, letter in (("measure", "u"), ("period", "d"), ("criteria", "c")):
        item[name] = post.get(f"{letter}:{code}", item.get(name, "")).strip()


def _settings(title: str, method: str, text: str) -> dict[str, Any]:
    """Settings that were typed. Raises Refused naming the item."""
    try:
        return setting_words.read(method, text)
    except ValueError as error:
        raise problems.Refused(f"“{title}”：{error}。", field="settings", code="settings") from None


def _added(section: dict[str, Any], kept: list[dict[str, Any]], post: Any) -> dict[str, Any]:
    numbers = [int(tail) for each in kept if (tail := each["code"].rpartition(".")[2]).isdigit()]
    method = post.get("add_method", trees.MANUAL)
    return {
        "code": post.get("add_code", "").strip() or f"{section['code']}.{max(numbers, default=0) + 1}",
        "title": post.get("add_title", "").strip(),
        "points": post.get("add_points", "").strip() or "0",
        "method": method,
        "settings": _settings(post.get("add_title", ""), method, post.get("add_settings", "")),
        "measure": post.get("add_measure", ""),
    }


def _annual(post: Any) -> dict[str, Any]:
    kind, words = post.get("annual", trees.MEAN), post.get("annual_words", "")
    said = {}
    for part in words.replace(";", "；").split("；"):
        name, _, value = part.replace("＝", "=").partition("=")
        if name.strip():
            said[name.strip()] = value.strip()
    if kind == trees.WEIGHTS:
        return {"kind": kind, "weights": said}
    if kind == trees.MIX:
        return {"kind": kind, "daily": said.get("日常", "0"), "stage": said.get("阶段", "0")}
    return {"kind": kind}
