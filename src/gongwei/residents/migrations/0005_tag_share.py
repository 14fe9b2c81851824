"""How common a key-population tag is among all residents, as the planner knows it: for totals of long lists (约)."""

from django.db import migrations

from gongwei.base import rls

FUNCTION = "residents_tag_share(text[], date)"
SHARE = """
create function residents_tag_share(codes text[], on_day date)
returns double precision language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    plan json;
    people double precision;
begin
    execute format(
        'explain (format json) select 1 from public.residents_residenttag '
        'where code = any(%L::text[]) and since <= %L::date and (until is null or until > %L::date)',
        codes, on_day, on_day
    ) into plan;
    select reltuples into people from pg_class where oid = 'public.residents_resident'::regclass;
    return least(1, (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision / greatest(people, 1));
end $$
"""


class Migration(migrations.Migration):
    """One function; it says nothing of any person or place."""

    dependencies = [("residents", "0004_plain_unique_keys")]

    operations = [
        migrations.RunSQL(
            [
                SHARE,
                f"revoke all on function {FUNCTION} from public",
                f"grant execute on function {FUNCTION} to {rls.APP_ROLE}",
            ],
            reverse_sql=[f"drop function {FUNCTION}"],
        ),
    ]
