"""What holds for each page: strict content policy, no stranger asked, accessible, no sideways scrolling on a phone."""

import pytest
from playwright.sync_api import expect
from tests.functional import accessibility, layout

PAGES = {
    "clerk": (
        "/",
        "/residents/",
        "/residents/register/",
        "/residents/conflicts/",
        "{resident}",
        "{resident}timeline/",
        "{resident}curves/",
        "{resident}compare/",
        "{resident}compare/?show=all",
        "{resident}basic/",
        "{resident}family/",
        "{resident}history/",
        "{resident}readers/",
        "{resident}edit/",
        "{resident}conflicts/",
        "{resident}act/transfer/",
        "{resident}act/death/",
        "{resident}act/merge/",
        "{resident}fill/check_up/",
        "{resident}fill/htn_follow_up/",
        "{resident}serve/",
        "{resident}serve/?form=htn_follow_up&form=dm_follow_up",
        "/referrals/",
        "/referrals/?state=all&overdue=1&from=2025-01-01",
        "/findings/",
        "/findings/?severity=all&by=rule",
        "/findings/?by=practitioner",
        "{finding}",
        "/measures/",
        "/measures/?tree=organization",
        "/measures/HTN.1/",
        "/measures/HTN.1/persons/?side=out",
        "/tasks/",
        "/tasks/?by=house",
        "/tasks/plan/",
        "/suspects/",
        "{resident}episodes/",
        "/transfers/",
        "/organizations/",
        "{organization}",
        "/grids/",
        "/grids/?area=660101101201",
        "/permissions/",
        "/print/forms/",
        "/settlements/",
        "/statements/mine/",
        "/jobs/",
        "/uploads/",
        "/exports/",
        "/account/",
    ),
    "officer": (
        "/",
        "{organization}",
        "/findings/?severity=all",
        "{finding}",
        "/findings/check/",
        "/packages/",
        "/snapshots/",
        "/measures/",
        "/measures/HR.3/",
        "/measures/HTN.1/persons/?side=out",
        "/runs/",
        "/wall/",
        "/targets/",
        "/targets/?code=htn_std_rate",
        "/targets/progress/",
        "/populations/",
        "/populations/resident_population/660101101000/",
        "/agreement/",
        "/settlements/?year=2025",
        "/settlements/schemes/?year=2025",
        "/funds/",
        "/funds/standards/",
        "/funds/parameters/",
        "/funds/successions/",
        "/funds/budgets/",
        "/funds/documents/",
        "/funds/payments/",
        "/funds/ledger/",
        "/funds/periods/",
    ),
    "finance": (
        "/",
        "/funds/",
        "/funds/standards/",
        "/funds/parameters/",
        "/funds/successions/",
        "/funds/budgets/",
        "/funds/documents/",
        "/funds/payments/",
        "/funds/ledger/",
        "/funds/periods/",
        "/settlements/",
        "/settlements/schemes/",
        "/evaluation/",
        "/evaluation/years/",
        "/measures/",
        "/wall/",
        "/runs/",
        "/jobs/",
    ),
    "evaluator": (
        "/",
        "/evaluation/",
        "/evaluation/schemes/",
        "/evaluation/issues/",
        "/evaluation/frauds/",
        "/evaluation/appeals/",
        "/evaluation/appeals/?show=open",
        "/evaluation/years/",
        "/measures/HTN.1/",
        "/runs/",
        "/findings/",
        "/snapshots/",
    ),
    "director": (
        "/",
        "/residents/",
        "/findings/",
        "/referrals/",
        "/measures/",
        "/measures/?tree=organization",
        "/targets/progress/",
        "/evaluation/",
        "/evaluation/issues/",
        "/evaluation/appeals/",
        "/evaluation/years/",
        "/funds/",
        "/settlements/",
    ),
    "sysadmin": (
        "/",
        "/organizations/new/",
        "{organization}",
        "{organization}edit/",
        "/accounts/",
        "/packages/",
        "/areas/",
        "/areas/660101101201/",
        "/areas/660101101000/create/",
        "/areas/660101101201/split/",
        "/areas/660101101201/merge/",
    ),
    "secadmin": ("/", "{organization}", "/accounts/", "/keys/"),
    "auditor": ("/", "/audit/"),
}


def places(county, username):
    """The addresses of somebody's pages."""
    resident = f"/residents/{county['residents']['曾国强']}/"
    organization = f"/organizations/{county['organizations']['centre']}/"
    finding = f"/findings/{county['finding']}/"
    return [
        page.format(resident=resident, organization=organization, finding=finding) for page in PAGES[username]
    ]


DESK = {"width": 1440, "height": 900}


@pytest.mark.parametrize("username", list(PAGES))
def test_each_page_is_accessible_fits_a_phone_and_keeps_a_strict_content_policy(county, signed_in, username):
    page = signed_in(username)
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    found, too_wide = {}, []
    for address in places(county, username):
        page.set_viewport_size(DESK)
        answer = page.goto(address)
        assert answer.status == 200, address
        policy = answer.header_value("content-security-policy")
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert "public" not in (answer.header_value("cache-control") or "")
        page.wait_for_selector("html[data-ready]")
        for rule, where in accessibility.serious(page).items():
            found.setdefault(rule, []).append((address, where))
        wide = layout.too_wide_for_a_phone(page)
        if wide > 0:
            too_wide.append((address, wide))
    assert found == {}
    assert too_wide == []
    assert said == []  # a breach of the policy is an error on the console; `new_page` watches for strangers


@pytest.mark.parametrize("address", ["/measures/", "/measures/HTN.1/", "/targets/progress/"])
def test_figures_are_read_on_a_phone_without_pushing_tables_aside(county, signed_in, address):
    page = signed_in("director")
    page.goto(address)
    expect(page.locator(".gw-scroll tbody tr").first).to_be_visible()
    assert layout.tables_to_push(page) == []


def test_the_login_page_is_accessible_and_fits_a_phone(county, new_page):
    page = new_page(size=(390, 844))
    page.goto("/login/")
    assert accessibility.serious(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_works_as_a_plain_form_without_scripts(county, new_page):
    page = new_page(java_script_enabled=False)
    page.goto("/login/")
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", county["password"])
    page.get_by_role("button", name="登录").click()
    page.fill("#gw-search", "zyt")
    page.press("#gw-search", "Enter")
    page.get_by_role("link", name="曾雨桐").click()
    expect(page.locator("h1")).to_contain_text("曾雨桐", use_inner_text=True)
