"""What administrators and reviewers do on pages: review, doctors, divisions, served areas, grids, keys, clearing."""

import re

from playwright.sync_api import expect
from tests.functional.pages.people import fill_profile, look_up, newcomer, save


def made_pending(resident_id, status):
    """A county that reviews has files in these states; this one does not review, so the state is put in."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update residents_resident set status = %s where id = %s", [status, resident_id])


def newly_filed(page):
    """File somebody; returns name, address of the file and id."""
    name, number = newcomer()
    fill_profile(page, name, number)
    save(page)
    address = re.match(r".*/residents/[0-9a-f-]{36}/", page.url).group()
    return name, address, address.rstrip("/").rsplit("/", 1)[1]


def test_a_file_is_returned_corrected_submitted_and_approved(signed_in):
    # given a file that waits for review
    clerk = signed_in("clerk")
    _, address, key = newly_filed(clerk)
    made_pending(key, "pending")
    director = signed_in("director")
    director.goto("/")
    director.locator("a.gw-tile", has_text="待审核").click()
    director.wait_for_load_state()
    expect(director.locator("tbody tr").first).to_be_visible()
    # when it is sent back without a reason, the page asks for one
    director.goto(address)
    director.get_by_role("link", name="退回", exact=True).click()
    director.get_by_role("button", name="确定").click()
    director.wait_for_load_state()
    expect(director.locator("main")).to_contain_text("退回须写明原因", use_inner_text=True)
    director.fill("#id_reason", "住址应写到门牌")
    director.get_by_role("button", name="确定").click()
    director.wait_for_url(address)
    expect(director.locator(".gw-head")).to_contain_text("已退回", use_inner_text=True)
    # then whoever filed it sees it on the first page, submits it again, and it is approved
    clerk.goto("/")
    expect(clerk.locator("a.gw-tile", has_text="暂存或已退回")).to_have_count(1)
    clerk.goto(address)
    clerk.get_by_role("link", name="提交审核").click()
    clerk.get_by_role("button", name="确定").click()
    clerk.wait_for_url(address)
    director.goto(address)
    director.get_by_role("link", name="审核通过").click()
    director.get_by_role("button", name="确定").click()
    director.wait_for_url(address)
    expect(director.locator(".gw-head")).to_contain_text("正常", use_inner_text=True)


def test_doctors_are_assigned_to_those_ticked(signed_in):
    page = signed_in("clerk")
    first, _, _ = newly_filed(page)
    newly_filed(page)
    page.goto("/residents/")
    page.get_by_role("button", name="指定责任医生", exact=True).click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("请先在列表中勾选居民", use_inner_text=True)
    look_up(page, first[0], "/residents/?size=100")
    page.wait_for_selector("html[data-ready]")
    page.check("[data-check-all=resident]")
    there = page.locator("input[name=resident]").count()
    assert there > 1
    expect(page.locator("input[name=resident]:checked")).to_have_count(there)
    page.uncheck("[data-check-all=resident]")
    page.check(f"input[aria-label=选择{first}]")
    page.get_by_role("button", name="指定责任医生", exact=True).click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("为 1 位居民指定责任医生", use_inner_text=True)
    expect(page.locator("main")).to_contain_text(first, use_inner_text=True)
    page.select_option("[name=doctor]", label="刘志强（柳树村卫生室）")
    page.fill("[name=reason]", "人员调整")
    page.get_by_role("button", name="确定更换").click()
    page.wait_for_url("**/residents/?*")
    expect(page.locator("main")).to_contain_text("已更换 1 位居民的责任医生", use_inner_text=True)
    expect(page.locator("tbody tr", has_text=first)).to_contain_text("刘志强", use_inner_text=True)


def test_doctors_are_assigned_to_all_a_query_finds(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/?sex=2")
    found = page.locator("tbody tr").count()
    page.get_by_role("button", name="查询结果全部指定").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(f"为 {found} 位居民指定责任医生", use_inner_text=True)
    page.get_by_role("link", name="取消").click()
    page.wait_for_load_state()
    assert "sex=2" in page.url


def test_a_village_is_set_up_renamed_and_merged_after_a_look(signed_in):
    page = signed_in("sysadmin")
    page.goto("/areas/?area=660101102000")
    page.get_by_role("link", name="在山前镇下设立").click()
    page.fill("[name=code]", "660101102202")
    page.fill("[name=name]", "东风村")
    page.get_by_role("button", name="下一步：核对影响").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("请填写依据文件", use_inner_text=True)
    page.fill("[name=document]", "云政发〔2026〕1号")
    page.fill("[name=on]", "20210101")
    page.get_by_role("button", name="下一步：核对影响").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("没有居民、家庭或机构改变区划代码", use_inner_text=True)
    page.get_by_role("button", name="确定办理").click()
    page.wait_for_url("**/areas/660101102202/")
    page.get_by_role("link", name="更名").click()
    page.fill("[name=name]", "新风村")
    page.fill("[name=on]", "20220101")
    page.fill("[name=document]", "云政发〔2026〕2号")
    page.get_by_role("button", name="下一步：核对影响").click()
    page.get_by_role("button", name="确定办理").click()
    page.wait_for_url("**/areas/660101102202/")
    expect(page.locator("main")).to_contain_text("东风村：2021-01-01 起，2022-01-01 止", use_inner_text=True)
    # the tree of an earlier day has the earlier name
    page.goto("/areas/?area=660101102000&on=2021-06-01")
    expect(page.locator("tbody").first).to_contain_text("东风村", use_inner_text=True)
    # merged into the village it came from, it ends
    page.goto("/areas/660101102202/merge/")
    page.check("label:has-text('红旗村') input")
    page.select_option("[name=into]", label="沿用红旗村")
    page.fill("[name=on]", "20230101")
    page.fill("[name=document]", "云政发〔2026〕3号")
    page.get_by_role("button", name="下一步：核对影响").click()
    page.wait_for_load_state()
    # what was changed after the look is looked at again
    page.fill("[name=document]", "云政发〔2026〕4号")
    page.get_by_role("button", name="确定办理").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("请重新核对", use_inner_text=True)
    page.get_by_role("button", name="下一步：核对影响").click()
    page.get_by_role("button", name="确定办理").click()
    page.wait_for_url("**/areas/660101102201/")
    expect(page.locator("main")).to_contain_text("云政发〔2026〕4号", use_inner_text=True)
    page.goto("/areas/660101102202/")
    expect(page.locator("h1")).to_contain_text("2023-01-01 起停用", use_inner_text=True)


def test_a_served_area_decides_who_is_seen(signed_in, county):
    # given an office without the village, its clerk does not see the file
    resident = f"/residents/{county['residents']['张伟']}/"
    other = signed_in("other.clerk")
    assert other.goto(resident).status == 404
    # when the system administrator lets it serve the village from yesterday on
    administrator = signed_in("sysadmin")
    administrator.goto(f"/organizations/{county['organizations']['other']}/")
    administrator.select_option("[name=served-area]", label="河口镇 石桥村")
    administrator.fill("[name=served-from_on]", "20260101")
    administrator.get_by_role("button", name="登记服务区域").click()
    administrator.wait_for_load_state()
    expect(administrator.locator("main")).to_contain_text("660101101202", use_inner_text=True)
    assert other.goto(resident).status == 200
    # and ends it again
    row = administrator.locator("tr", has_text="660101101202")
    row.get_by_role("button", name="自今日起终止").click()
    administrator.wait_for_load_state()
    assert other.goto(resident).status == 404


def test_households_are_put_into_a_grid(signed_in):
    page = signed_in("clerk")
    page.goto("/grids/?area=660101101201")
    page.fill("[name=name]", "东片网格")
    page.select_option("[name=responsible_doctor]", label="刘志强（柳树村卫生室）")
    page.get_by_role("button", name="新建网格").click()
    page.wait_for_url("**/grids/*/?of=none")
    page.check("input[aria-label=选择王德福户]")
    page.get_by_role("button", name="确定").click()
    page.wait_for_load_state()
    expect(page.locator("input[aria-label=选择王德福户]")).to_have_count(0)
    page.get_by_role("link", name="重置").click()
    page.wait_for_load_state()
    expect(page.locator("h1")).to_contain_text("1 户 · 2 人 · 责任医生 刘志强", use_inner_text=True)
    # a grid with households is not closed, an empty one is
    expect(page.get_by_role("button", name="停用网格")).to_be_disabled()
    page.goto("/grids/?area=660101101201")
    page.fill("[name=name]", "西片网格")
    page.get_by_role("button", name="新建网格").click()
    page.wait_for_url("**/grids/*/?of=none")
    page.get_by_role("button", name="停用网格").click()
    page.wait_for_url("**/grids/?area=660101101201")
    expect(page.locator("tbody")).not_to_contain_text("西片网格", use_inner_text=True)


def test_a_telephone_is_cleared_with_a_reason(signed_in):
    page = signed_in("clerk")
    _, address, _ = newly_filed(page)
    page.goto(f"{address}edit/")
    page.get_by_text("清除本人电话").click()
    page.get_by_role("button", name="保存修改").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("清除号码须写明原因", use_inner_text=True)
    page.fill("[name=clear_reason]", "号码已停用")
    page.get_by_role("button", name="保存修改").click()
    page.wait_for_url("**/basic/")
    expect(page.locator("main")).to_contain_text("已修改：本人电话", use_inner_text=True)
    page.goto(f"{address}history/")
    expect(page.locator("main")).to_contain_text("清除：号码已停用", use_inner_text=True)


def test_the_security_administrator_changes_a_key_and_sees_how_far_it_is(signed_in):
    from gongwei.base import jobs, keys
    from gongwei.base.models import JobRun

    before = keys.keyring().current("identity")
    page = signed_in("secadmin")
    page.goto("/keys/")
    expect(page.locator("main")).to_contain_text("居民：本人电话密文", use_inner_text=True)
    card = page.locator("form.card", has_text="更换证件和电话的加密密钥")
    card.get_by_role("checkbox").check()
    card.get_by_role("button", name="更换").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("已交后台办理", use_inner_text=True)
    expect(page.locator("main")).to_contain_text(f"第 {before + 1} 版", use_inner_text=True)
    expect(page.get_by_role("button", name="继续换钥")).to_have_count(1)
    # the worker does it
    jobs.run_now(JobRun.objects.filter(title__startswith="更换密钥").latest("created_at").id)
    page.goto("/keys/")
    expect(page.get_by_role("button", name="继续换钥")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("换钥未完成", use_inner_text=True)
    # and files are read and written as before
    clerk = signed_in("clerk")
    clerk.goto("/residents/")
    expect(clerk.locator("tbody").get_by_text("139****").first).to_be_visible()
