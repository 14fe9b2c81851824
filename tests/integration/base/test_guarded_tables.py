"""No table that speaks of residents or places stands open to a request (reliability.md §1.6)."""

import pytest
from tests.integration.base.conftest import rows

# Where places are, who serves them and which numbers are next is no personal data: all accounts read it.
PUBLIC = {
    "places_area",
    "places_areachange",
    "places_areaname",
    "places_organization",
    "places_servedarea",
    "places_grid",
    # Numbers of areas and what is asked of them: counts that are published, and nobody's own.
    "measures_population",
    "measures_target",
    "measures_reportplace",
    # Standards and who pays are published from tier to tier: whoever is below reads those above. All other money is guarded.
    "settlement_costshare",
    "settlement_localstandard",
}

OPEN = """
select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  and (a.attname in ('area_key', 'resident_id', 'household_id', 'encounter_id', 'response_id', 'account_id')
       or a.attname like '%%cipher')
  and not c.relrowsecurity and has_table_privilege('gongwei_app', c.oid, 'select')
order by 1
"""
REMOVABLE = """
select c.relname from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  and has_table_privilege('gongwei_app', c.oid, 'delete') order by 1
"""


@pytest.mark.django_db
def test_every_table_about_persons_is_guarded():
    assert set(rows(OPEN)) - PUBLIC == set()


@pytest.mark.django_db
def test_no_request_removes_records():
    removable = {table for table in rows(REMOVABLE) if table.startswith(("base_", "residents_", "records_"))}
    assert removable <= {"residents_residenttag"}  # tags are computed, and computed again
    assert "django_session" in rows(REMOVABLE)


@pytest.mark.django_db
def test_no_request_empties_or_owns_a_table():
    assert (
        rows(
            "select c.relname from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace "
            "and (has_table_privilege('gongwei_app', c.oid, 'truncate') or c.relowner = 'gongwei_app'::regrole)"
        )
        == []
    )
    assert rows(
        "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = 'gongwei_app'"
    ) == [False]
