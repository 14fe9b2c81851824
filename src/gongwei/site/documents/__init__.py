"""Chapters of the documentation that are written from the definitions: no Django, no database, the same text each time.

The permission table is not among them: it lives beside models and is shown by the page 权限表.
"""

from importlib import resources
from pathlib import Path

from gongwei import catalogue
from gongwei.catalogue import discovery
from gongwei.language import forms, words
from gongwei.site.documents import dictionary, markdown, phrases, programmes, tables


def pages() -> dict[str, str]:
    """Every generated page, by its path within docs/generated."""
    known = catalogue.current()
    names = names_of(known)
    found: dict[str, str] = {}
    for programme in known.programmes:
        found[f"programmes/{programme.code}.md"] = programmes.page(programme, names)
        for form in programme.forms:
            found[f"forms/{form.code}.md"] = dictionary.page(form, programme.title, names)
    found |= _examples()
    found["parameters.md"] = tables.parameters(known.parameters.definitions.values())
    found["key_populations.md"] = tables.key_populations(known.programmes)
    found["code_tables.md"] = tables.code_tables()
    found["README.md"] = _index(known, found)
    return found


def names_of(known: catalogue.Catalogue) -> phrases.Names:
    """What everything is called, with names for the results of decision tables and for a form filled completely."""
    results, labels = dict[str, str](), dict[str, dict[str, str]]()
    for programme in known.programmes:
        for table in programme.tables:
            results[phrases.key(table.chosen)] = f"“{table.title}”得出的情形"
            labels[phrases.key(table.chosen)] = {row.code: row.label for row in table.rows}
            for name in dict.fromkeys(name for row in table.rows for name in row.proposes):
                asked = table.on.fields[name].label
                results[phrases.key(table.proposal(name))] = f"“{table.title}”建议的“{asked}”"
    for form in known.forms.values():
        required = [each.holds for each in forms.conditions(form) if each.rule == "required"]
        if len(required) > 1:
            results[phrases.key(words.all_hold(*required))] = f"《{form.title}》的必填项都已填写"
    return phrases.Names(known.parameters.definitions, known.episodes, results, labels)


def write(folder: Path) -> list[str]:
    """Bring a folder up to date; returns the paths that were written or removed."""
    wanted, changed = pages(), stale(folder)
    for name in changed:
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def stale(folder: Path) -> list[str]:
    """The paths that are missing, differ, or belong to nothing any more, in order."""
    wanted = pages()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    differing = {
        name
        for name, text in wanted.items()
        if name not in there or (folder / name).read_text(encoding="utf-8") != text
    }
    return sorted(differing | (there - set(wanted)))


def _examples() -> dict[str, str]:
    """The worked examples of each programme as they stand: what the tests run is what is printed."""
    found: dict[str, str] = {}
    for each in discovery.find():
        folder = resources.files(each.package).joinpath("examples")
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".md"):
                heading, _, rest = file.read_text(encoding="utf-8").partition("\n")
                title = f"检验例：{each.programme.title}，{heading.lstrip('#').strip().replace('：', '，')}"
                found[f"examples/{each.programme.code}_{file.name}"] = markdown.page(title, rest)
    return found


def _index(known: catalogue.Catalogue, found: dict[str, str]) -> str:
    def links(folder: str) -> str:
        paths = [path for path in found if path.startswith(f"{folder}/")]
        titles = (found[path].partition("\n")[0].lstrip("# ").rpartition("：")[2] for path in paths)
        return "\n".join(f"- [{title}]({path})" for title, path in zip(titles, paths, strict=True))

    counted = sum(len(form.fields) for form in known.forms.values())
    return markdown.page(
        "数据字典与业务规则",
        f"共{len(known.programmes)}项服务、{len(known.forms)}张表单、{counted}个数据项、"
        f"{len(known.measures)}项指标、{len(known.parameters.definitions)}个参数。",
        f"## 服务项目：纳入、服务、规则、质控、指标\n\n{links('programmes')}",
        f"## 表单\n\n{links('forms')}",
        f"## 检验例\n\n{links('examples')}",
        "## 其他\n\n- [参数](parameters.md)\n- [人群分类](key_populations.md)\n- [代码表](code_tables.md)\n"
        "- 权限：见系统内“权限表”页面，它与系统执行的是同一张表。",
    )
