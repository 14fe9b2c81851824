"""质量疑点: a clerk gives a finding to the village doctor, who explains it; the county decides; on the phone too."""

from playwright.sync_api import expect


def test_a_finding_is_given_explained_and_decided(county, signed_in):
    address = f"/findings/{county['finding']}/"
    clerk = signed_in("clerk")
    clerk.goto("/findings/")
    clerk.get_by_role("link", name="责任医生无效").first.click()
    clerk.goto(address)
    clerk.select_option("[name=practitioner]", index=1)
    clerk.get_by_role("button", name="交办").click()
    clerk.get_by_text("已交办。").wait_for()
    expect(clerk.locator(".gw-time")).to_contain_text("交办", use_inner_text=True)
    expect(clerk.get_by_role("button", name="排除")).to_have_count(0)

    doctor = signed_in("doctor", size=(390, 844))
    doctor.goto(address)
    doctor.fill("[name=note]", "已请卫生院指定")
    doctor.get_by_role("button", name="填写说明").click()
    doctor.get_by_text("说明已记下。").wait_for()
    expect(doctor.get_by_role("button", name="交办")).to_have_count(0)
    assert doctor.evaluate("document.documentElement.scrollWidth") <= 390

    officer = signed_in("officer")
    officer.goto(address)
    officer.get_by_role("button", name="排除").click()
    officer.get_by_text("请填写排除的原因或说明。").wait_for()
    officer.fill("[name=note]", "新建档案，尚在指定")
    officer.get_by_role("button", name="排除").click()
    officer.get_by_text("已排除").first.wait_for()
    steps = officer.locator(".gw-time")
    expect(steps).to_contain_text("已请卫生院指定", use_inner_text=True)
    expect(steps).to_contain_text("新建档案，尚在指定", use_inner_text=True)
    officer.get_by_role("button", name="重新打开").wait_for()


def test_ticked_findings_are_given_together_and_the_list_leaves_as_a_workbook(county, signed_in):
    clerk = signed_in("clerk")
    clerk.goto("/findings/")
    rows = clerk.locator("input[name=finding]").count()
    assert rows > 1
    clerk.get_by_text("办理所选").click()
    clerk.locator("[data-check-all=finding]").check()
    clerk.select_option("#b-who", index=1)
    clerk.get_by_role("button", name="交办").click()
    clerk.get_by_text(f"{rows}条疑点已交办。").wait_for()
    with clerk.expect_download() as download:
        clerk.get_by_role("button", name="导出").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_a_bulk_run_is_a_job(county, signed_in):
    officer = signed_in("officer")
    officer.goto("/findings/check/")
    officer.get_by_role("button", name="开始核查").click()
    officer.get_by_text("请至少选择一种表单或居民档案。").wait_for()
    officer.get_by_label("居民档案和服务情况", exact=False).check()
    officer.get_by_role("button", name="开始核查").click()
    officer.wait_for_url("**/jobs/**")
    expect(officer.locator("h1")).to_contain_text("质量核查", use_inner_text=True)
