"""Row-level security of residents, and the search function that keeps to it.

A trigram or array operator is not leakproof, so under row-level security it is no index condition. The search
that needs one runs inside `residents_find`, a function with the owner's rights that applies the same three
settings itself and gives back nothing but ids (docs/decisions/0007-search.md).
"""

from django.db import migrations

from gongwei.base import rls

TOKENS = """
create function residents_search_tokens(name text, initials text[], pinyin text[], aliases varchar[], birth date, area bigint)
returns text[] language plpgsql immutable parallel safe as $$
declare
    tokens text[] := '{}';
    here text := '@' || to_hex(area / 1000);
    year text := extract(year from birth)::text;
    one text;
begin
    foreach one in array initials loop
        tokens := tokens || array['i' || one, 'y' || one || year, here || 'i' || one];
    end loop;
    foreach one in array pinyin loop
        tokens := tokens || array['p' || one, here || 'p' || one];
    end loop;
    for at in 1 .. char_length(name) - 1 loop
        one := substr(name, at, 2);
        tokens := tokens || array['n' || one, here || 'n' || one];
    end loop;
    foreach one in array aliases loop
        tokens := tokens || ('a' || one);
    end loop;
    return tokens || (here || 's' || left(name, 1));
end $$
"""

FIND = """
create function residents_find(kind text, term text, keys bytea[], born_from date, born_to date, named text, at_most int)
returns table (id uuid) language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
    lo bigint := nullif(current_setting('gongwei.lo', true), '')::bigint;
    hi bigint := nullif(current_setting('gongwei.hi', true), '')::bigint;
    areas int8multirange := nullif(current_setting('gongwei.areas', true), '')::int8multirange;
    narrow boolean;
    here text;
    tokens text[];
    condition text;
    scope text;
begin
    -- No scope, no answer; the same three settings the policy reads.
    if lo is null or hi is null or areas is null or isempty(areas) then
        return;
    end if;
    narrow := lo / 1000 = hi / 1000;
    here := case when narrow then '@' || to_hex(lo / 1000) else '' end;
    scope := format('r.area_key between %s and %s and r.area_key <@ %L::int8multirange', lo, hi, areas);
    case kind
        when 'id' then condition := 'r.id_key = any($1)';
        when 'id_last4' then condition := 'r.id_last4_key = any($1)';
        when 'id_last6' then condition := 'r.id_last6_key = any($1)';
        when 'phone' then condition := 'r.phone_key = any($1)';
        when 'phone_last4' then condition := 'r.phone_last4_key = any($1)';
        when 'record_no' then condition := 'r.record_no = $2';
        when 'alias' then
            tokens := array['a' || term];
            condition := '$2 = any(r.record_no_aliases)';
        when 'record_no_last8' then condition := 'right(r.record_no, 8) = $2';
        when 'name' then condition := 'r.name = $2';
        when 'surname' then
            if narrow then
                tokens := array[here || 's' || term];
                condition := 'left(r.name, 1) = $2';
            else
                condition := 'r.name >= $2 and r.name < $2 || U&''\\+10FFFF''';
            end if;
        when 'inside' then
            select array_agg(here || 'n' || substr(term, at, 2)) into tokens
                from generate_series(1, char_length(term) - 1) at;
            condition := 'position($2 in r.name) > 0';
        when 'initials' then
            tokens := array[case when born_from is not null and not narrow and extract(year from born_from) = extract(year from born_to)
                then 'y' || term || to_char(born_from, 'YYYY') else here || 'i' || term end];
            condition := '$2 = any(r.initials)';
        when 'pinyin' then
            tokens := array[here || 'p' || term];
            condition := '$2 = any(r.pinyin)';
        when 'pinyin_prefix' then condition := 'r.name_sort >= $2 and r.name_sort < $2 || ''~''';
        when 'birth' then condition := 'true';
        else raise exception 'unknown kind of search %', kind;
    end case;
    if tokens is not null then
        condition := 'residents_search_tokens(r.name, r.initials, r.pinyin, r.record_no_aliases, r.birth_date, r.area_key) @> $3 and '
            || condition;
    end if;
    if born_from is not null then
        condition := condition || ' and r.birth_date between $4 and $5';
    end if;
    if named <> '' then
        condition := condition || ' and (position($6 in r.name) > 0 or $6 = any(r.initials) or $6 = any(r.pinyin))';
    end if;
    return query execute format('select r.id from public.residents_resident r where %s and %s limit %s', condition, scope, at_most)
        using keys, term, tokens, born_from, born_to, named;
end $$
"""

ESTIMATE = """
create function residents_estimate(low bigint, high bigint, statuses text[], born_from date, born_to date, organization uuid)
returns bigint language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    lo bigint := greatest(low, nullif(current_setting('gongwei.lo', true), '')::bigint);
    hi bigint := least(high, nullif(current_setting('gongwei.hi', true), '')::bigint);
    condition text;
    plan json;
begin
    if nullif(current_setting('gongwei.lo', true), '') is null or hi < lo then
        return 0;
    end if;
    condition := format('area_key between %s and %s', lo, hi);
    if statuses is not null then
        condition := condition || format(' and status = any(%L::text[])', statuses);
    end if;
    if born_from is not null then
        condition := condition || format(' and birth_date >= %L::date', born_from);
    end if;
    if born_to is not null then
        condition := condition || format(' and birth_date <= %L::date', born_to);
    end if;
    if organization is not null then
        condition := condition || format(' and managing_organization_id = %L::uuid', organization);
    end if;
    execute 'explain (format json) select 1 from public.residents_resident where ' || condition into plan;
    return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric::bigint;
end $$
"""

CHILDREN = (
    ("residents_residentidentifier", "resident_id"),
    ("residents_residenttag", "resident_id"),
    ("residents_relatedperson", "resident_id"),
    ("residents_householdmembership", "resident_id"),
    ("residents_residentchange", "resident_id"),
    ("residents_fieldconflict", "resident_id"),
    ("residents_lifecycleevent", "resident_id"),
    ("residents_contactattempt", "resident_id"),
    ("residents_merge", "survivor_id"),
)
FUNCTIONS = (
    "residents_find(text, text, bytea[], date, date, text, int)",
    "residents_estimate(bigint, bigint, text[], date, date, uuid)",
)


class Migration(migrations.Migration):
    """Guards first, then what search needs."""

    dependencies = [("residents", "0001_initial")]

    operations = [
        rls.EnableByArea("residents_resident"),
        rls.EnableByArea("residents_household"),
        *[rls.EnableByParent(table, column, "residents_resident") for table, column in CHILDREN],
        # Either side of a transfer sees it: the one the resident leaves and the one the resident comes to.
        rls.EnableByCondition(
            "residents_transfer",
            f"{rls.within_areas('from_area_key')} or {rls.within_areas('to_area_key')}",
        ),
        rls.GrantOnly("residents_residentchange", "SELECT, INSERT"),
        rls.GrantOnly("residents_lifecycleevent", "SELECT, INSERT"),
        rls.GrantOnly("residents_contactattempt", "SELECT, INSERT"),
        # What a provider no longer says is taken away again: tags are derived, not records.
        rls.GrantOnly("residents_residenttag", "SELECT, INSERT, UPDATE, DELETE"),
        rls.AppendOnly("residents_lifecycleevent"),
        migrations.RunSQL(
            [
                TOKENS,
                "create index residents_search on residents_resident using gin (residents_search_tokens("
                "name, initials, pinyin, record_no_aliases, birth_date, area_key)) with (fastupdate = off)",
                "create index residents_record_no_last8 on residents_resident (right(record_no, 8), area_key)",
                # The planner must know how common one name or one organization is among millions.
                "alter table residents_resident alter column area_key set statistics 1000",
                FIND,
                ESTIMATE,
                *[f"revoke all on function {function} from public" for function in FUNCTIONS],
                *[f"grant execute on function {function} to {rls.APP_ROLE}" for function in FUNCTIONS],
            ],
            reverse_sql=[
                "drop function residents_estimate",
                "drop function residents_find",
                "drop index residents_record_no_last8",
                "drop index residents_search",
                "drop function residents_search_tokens",
            ],
        ),
    ]
