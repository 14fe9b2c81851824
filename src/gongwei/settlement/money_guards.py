"""Whose money a request sees, as SQL for the migration: a county's by whoever holds a duty in it, an institution's by those it is
about (reliability.md §1.6, places.policy FUND_VIEW and STATEMENT_VIEW).

Money is of organizations, not of persons: offices of funds have no area of residents, so the codes of their own county stand for it,
with those the county had before. The policy of places decides more finely; this holds where a page forgot to ask.
"""

from gongwei.base import rls

#: Duties that reach all money of their county, and those that write it.
WHOLE = f"{rls.ROLE} in ('county_officer', 'finance_officer', 'system')"
DIRECTOR = f"{rls.ROLE} = 'township_director'"

# Security definer: they look at accounts, duties and successions, which the asking role may not see itself. Each is asked once a
# statement (`reach`, `mine`) because it stands in a sub-select.
FUNCTIONS = """
create function settlement_reach() returns int8multirange
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    acting text := nullif(current_setting('gongwei.role', true), '');
    own bigint[];
    found int8multirange := '{}'::int8multirange;
    known integer := 0;
begin
    if acting = 'system' then
        return '{[0,999999999999]}'::int8multirange;
    end if;
    select coalesce(range_agg(case when seat.level in ('province', 'city') then int8range(seat.key, seat.last_key, '[]')
                                   else int8range(seat.key / 1000000 * 1000000, seat.key / 1000000 * 1000000 + 999999, '[]') end),
                    '{}'::int8multirange),
           coalesce(array_agg(case when seat.level in ('province', 'city') then seat.key else seat.key / 1000000 * 1000000 end),
                    '{}')
    into found, own
    from public.places_account account
    join public.places_duty duty on duty.practitioner_id = account.practitioner_id
    join public.places_organization organization on organization.id = duty.organization_id
    join public.places_area seat on seat.key = organization.area_key
    where account.id = nullif(current_setting('gongwei.account', true), '')::uuid and duty.role = acting;
    -- The codes a county had before (变更代码、合并), however often it changed.
    while known < cardinality(own) loop
        known := cardinality(own);
        select own || coalesce(array_agg(distinct former), '{}') into own
        from public.places_areachange change, unnest(change.from_areas) former
        where change.kind in ('recode', 'merge') and change.to_areas && own and former % 1000000 = 0 and former <> all (own);
    end loop;
    select found + coalesce(range_agg(int8range(key, key, '[]')), '{}'::int8multirange) into found from unnest(own) key;
    return found;
end $$;
comment on function settlement_reach is '当前岗位所在县区的区划代码范围，含该县区以前的代码；系统为全部';

create function settlement_mine() returns uuid[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with recursive own(id) as (
        select duty.organization_id
        from public.places_account account
        join public.places_duty duty on duty.practitioner_id = account.practitioner_id
        where account.id = nullif(current_setting('gongwei.account', true), '')::uuid
          and duty.role = nullif(current_setting('gongwei.role', true), '')
        union
        select below.id from public.places_organization below join own on below.parent_id = own.id
        where nullif(current_setting('gongwei.role', true), '') = 'township_director'
    ), all_of(id) as (
        select id from own
        union
        select taken.former_id from public.settlement_succession taken join all_of on taken.heir_id = all_of.id
        where taken.state = 'approved'
    )
    select coalesce(array_agg(id), '{}') from all_of
$$;
comment on function settlement_mine is '当前岗位本机构（院长含下级机构）及其承继的机构';

create function settlement_posting_mine(posting uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select exists (select 1 from public.settlement_entry entry
                   where entry.posting_id = posting and entry.organization_id = any (public.settlement_mine()))
$$;
comment on function settlement_posting_mine is '凭证是否涉及当前岗位的机构';
"""
#: What holds a posting in balance is asked at the end of the transaction, when a request has laid its scope down: PostgreSQL 18 runs it
#: as the role that wrote, which sees no entry any more. The database checks its books as their owner.
BALANCED = (
    "alter function settlement_balanced(uuid) security definer set search_path = pg_catalog, public, pg_temp"
)
BALANCED_AS_BEFORE = "alter function settlement_balanced(uuid) security invoker reset all"
DROP_FUNCTIONS = """
drop function settlement_posting_mine(uuid);
drop function settlement_mine();
drop function settlement_reach();
"""
MINE = "organization_id = any ((select settlement_mine())::uuid[])"


def of_county(table: str, column: str = "area_key", also: str = "") -> rls.EnableByCondition:
    """Rows of a county: seen by whoever holds a duty in it (and `also` holds), written by its offices of funds."""
    inside = f'"{table}"."{column}" <@ (select settlement_reach())'
    visible = f"{inside} and ({WHOLE} or {also})" if also else inside
    return rls.EnableByCondition(table, visible, f"{inside} and {WHOLE}")


def of_parent(table: str, column: str, parent: str) -> rls.EnableByCondition:
    """Rows of a paper of the county, seen and written as it is."""
    inside = f'exists (select 1 from "{parent}" parent where parent.id = "{table}"."{column}")'
    return rls.EnableByCondition(table, inside, f"{inside} and {WHOLE}")


def of_institution(table: str, column: str, parent: str, mine: str = MINE) -> rls.EnableByCondition:
    """Rows about an institution under a paper of the county: all of them for the offices of funds, else `mine`."""
    inside = f'exists (select 1 from "{parent}" parent where parent.id = "{table}"."{column}")'
    return rls.EnableByCondition(table, f"({WHOLE} or {mine}) and {inside}", f"{WHOLE} and {inside}")


OPERATIONS = [
    *(of_county(f"settlement_{name}") for name in (
        "book", "closing", "budget", "allocation", "payment", "funddocument", "settlementscheme", "localparameter", "succession",
    )),
    of_county("settlement_spending", also=f"({DIRECTOR} and {MINE})"),
    # An institution knows of settlements that were published.
    of_county("settlement_settlementrun", "county_key", also="state = 'published'"),
    of_county("settlement_posting", also=f"({DIRECTOR} and settlement_posting_mine(id))"),
    of_parent("settlement_budgetline", "budget_id", "settlement_budget"),
    of_parent("settlement_arrival", "fund_document_id", "settlement_funddocument"),
    of_institution("settlement_allocationline", "allocation_id", "settlement_allocation", f"({DIRECTOR} and {MINE})"),
    of_institution("settlement_paymentline", "payment_id", "settlement_payment", f"({DIRECTOR} and {MINE})"),
    of_institution("settlement_entry", "posting_id", "settlement_posting", f"({DIRECTOR} and {MINE})"),
    *(of_institution(f"settlement_{name}", "run_id", "settlement_settlementrun") for name in (
        "rununit", "runline", "runtally", "runstaff",
    )),
]  # fmt: skip
