"""The first day of an installation: `./gongwei setup` on an empty database, up to the first sign-in."""

import datetime as dt
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gongwei.base import clock, scope
from gongwei.base.actors import NOBODY
from gongwei.base.models import AuditEntry
from gongwei.places import actors as place_actors
from gongwei.places import operations, policy, queries, roles
from gongwei.places.models import Account, Area, Duty, Organization, ServedArea
from gongwei.site.commands import setup

COUNTY = """
省: {代码: "320000000000", 名称: 江苏省}
市: {代码: "320700000000", 名称: 连云港市}
县区: {代码: "320723000000", 名称: 灌云县}
卫生健康委: {代码: WJW01, 名称: 灌云县卫生健康委员会}
系统管理员: {姓名: 张一, 用户名: xitong}
安全保密管理员: {姓名: 李二, 用户名: anquan}
安全审计员: {姓名: 王三, 用户名: shenji}
"""
AREAS = "区划代码,名称\n320723101001,东风居委会\n320723101000,伊山镇\n320723101201,前进村\n"
ORGANIZATIONS = (
    "机构代码,机构名称,机构类别,所在区划,上级机构代码,服务区划\n"
    "WSY01,伊山镇卫生院,乡镇卫生院,320723101000,WJW01,320723101000\n"
    "WSS01,前进村卫生室,村卫生室,320723101201,WSY01,320723101201；320723101001\n"
)
NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _still(db, settings):  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with clock.fixed(NOW):
        yield


def file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> str:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return str(path)


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(setup.command, arguments, input=typed)


def test_a_new_county_can_be_signed_in_to(tmp_path: Path) -> None:
    done = run("--from", file(tmp_path, "county.yaml", COUNTY))
    assert done.exit_code == 0, done.output
    shown = dict(re.findall(r"用户名 (\w+)　初始密码 (\w+)", done.output))
    assert set(shown) == {"xitong", "anquan", "shenji"}
    for username, password in shown.items():
        with scope.acting(NOBODY):
            signed = operations.sign_in(at=NOW, username=username, password=password, address=None)
        assert signed.account is not None
        assert signed.must_change_password
    held = {duty.role: duty for duty in Duty.objects.select_related("practitioner")}
    assert set(held) == set(roles.ADMINISTRATORS)
    assert len({duty.practitioner_id for duty in held.values()}) == 3
    assert str(Organization.objects.get().kind) == "county_commission"
    assert list(ServedArea.objects.values_list("area", flat=True)) == [320723000000]


def test_what_it_does_is_in_the_audit_trail(tmp_path: Path) -> None:
    run("--from", file(tmp_path, "county.yaml", COUNTY))
    kinds = set(
        AuditEntry.objects.filter(role="system", source="command").values_list("subject_kind", flat=True)
    )
    assert kinds == {"area", "organization", "practitioner", "duty", "account"}
    assert not AuditEntry.objects.filter(detail__icontains="初始密码").exists()


def test_the_administrators_go_on_by_themselves(tmp_path: Path) -> None:
    """The system administrator enters staff and an account, the security administrator gives the duty."""
    run("--from", file(tmp_path, "county.yaml", COUNTY))
    acting = {}
    for role in roles.ADMINISTRATORS:
        account = Account.objects.select_related("practitioner").get(practitioner__duties__role=role)
        acting[role] = place_actors.actor_for(account, queries.duties_of(account, clock.today()).get())
    seat = Organization.objects.get()
    with scope.acting(acting["system_admin"]):
        person = operations.create_practitioner(
            by=acting["system_admin"], at=NOW, name="赵四", organization_id=seat.id
        )
        operations.create_account(
            by=acting["system_admin"], at=NOW, practitioner_id=person.id, username="zhaosi"
        )
        with pytest.raises(policy.Forbidden):
            operations.assign_duty(
                by=acting["system_admin"],
                at=NOW,
                practitioner_id=person.id,
                role="county_officer",
                organization_id=seat.id,
                from_on=clock.today(),
            )
    with scope.acting(acting["security_admin"]):
        duty = operations.assign_duty(
            by=acting["security_admin"],
            at=NOW,
            practitioner_id=person.id,
            role="county_officer",
            organization_id=seat.id,
            from_on=clock.today(),
        )
    assert duty.practitioner_id == person.id


def test_asked_at_the_keyboard() -> None:
    answers = [*("320000000000", "江苏省", "320700000000", "连云港市", "320723000000", "灌云县")]
    answers += ["WJW01", "灌云县卫生健康委员会", "张一", "xitong", "李二", "anquan", "王三", "shenji"]
    done = run(typed="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert Account.objects.count() == 3


def test_lists_may_come_later_and_twice_also_from_excel(tmp_path: Path) -> None:
    areas = file(tmp_path, "areas.csv", AREAS, "gb18030")
    organizations = file(tmp_path, "organizations.csv", ORGANIZATIONS, "utf-8-sig")
    run("--from", file(tmp_path, "county.yaml", COUNTY))
    first = run("--areas", areas, "--organizations", organizations)
    assert first.exit_code == 0, first.output
    assert ("区划：新设 3 个" in first.output, "机构：新设 2 个" in first.output) == (True, True)
    again = run("--areas", areas, "--organizations", organizations)
    assert ("区划：新设 0 个" in again.output, "机构：新设 0 个" in again.output) == (True, True)
    village = Area.objects.get(key=320723101201)
    assert (village.parent_id, village.valid_from) == (320723101000, dt.date(2009, 1, 1))
    clinic = Organization.objects.get(code="WSS01")
    assert clinic.parent is not None
    assert clinic.parent.code == "WSY01"
    assert set(ServedArea.objects.filter(organization=clinic).values_list("area", flat=True)) == {
        320723101201,
        320723101001,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("320723000000", "320723"), "区划代码应为 12 位数字"),
        (("320723000000", "320800000000"), "不是县级代码"),
        (("李二", "张一"), "不得由一人兼任"),
        (("anquan", "xitong"), "已被使用"),
        (("{姓名: 王三, 用户名: shenji}", "{姓名: 王三}"), "缺少“安全审计员”的“用户名”"),
        (("省: {", "省: {{"), "不是正确的 YAML"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    done = run("--from", file(tmp_path, "county.yaml", COUNTY.replace(*change)))
    assert done.exit_code == 1
    assert message in done.output
    assert (Account.objects.count(), Area.objects.count(), Organization.objects.count()) == (0, 0, 0)


def test_a_second_set_of_administrators_is_refused(tmp_path: Path) -> None:
    source = file(tmp_path, "county.yaml", COUNTY)
    run("--from", source)
    for done in (run("--from", source), run()):
        assert done.exit_code == 1
        assert "已有管理员" in done.output
    assert Account.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("村卫生室,", "诊所,"), "机构类别“诊所”"),
        ((",WSY01,320", ",WSY99,320"), "没有代码为 WSY99 的上级机构"),
        (("机构类别,", "类别,"), "缺少列：机构类别"),
        (("320723101201；", "320723109201；"), "机构 WSS01 前进村卫生室：没有这个区划"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_line_names_itself_and_leaves_the_list_undone(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    run("--from", file(tmp_path, "county.yaml", COUNTY), "--areas", file(tmp_path, "areas.csv", AREAS))
    done = run("--organizations", file(tmp_path, "organizations.csv", ORGANIZATIONS.replace(*change)))
    assert done.exit_code == 1
    assert message in done.output
    assert Organization.objects.count() == 1
