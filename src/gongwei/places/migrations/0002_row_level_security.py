"""Row-level security of places: everybody signed in may read what is not personal; writing follows the policy.

The lists of roles repeat `policy.TABLE`; tests/integration/places/test_row_level_security.py holds the two equal.
"""

from django.db import migrations

from gongwei.base import rls

SIGNED_IN = f"({rls.ACCOUNT} is not null or {rls.ROLE} = 'system')"
SYSTEM = f"{rls.ROLE} = 'system'"

# Security definer: they look at accounts and duties, which the asking role may not see itself.
FUNCTIONS = """
create function places_acts_in(area bigint, roles text[]) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select nullif(current_setting('gongwei.role', true), '') = 'system'
        or (nullif(current_setting('gongwei.role', true), '') = any (roles) and exists (
            select 1
            from public.places_account account
            join public.places_duty duty on duty.practitioner_id = account.practitioner_id
            join public.places_organization organization on organization.id = duty.organization_id
            join public.places_area seat on seat.key = organization.area_key
            where account.id = nullif(current_setting('gongwei.account', true), '')::uuid
              and duty.role = current_setting('gongwei.role', true)
              and case when seat.level in ('province', 'city') then area between seat.key and seat.last_key
                       else area / 1000000 = seat.key / 1000000 end))
$$;
comment on function places_acts_in is '当前账号是否以所列角色之一在该区划所在的县区任职';

create function places_practitioner_area(practitioner uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select organization.area_key from public.places_practitioner p
    join public.places_organization organization on organization.id = p.organization_id
    where p.id = practitioner
$$;
comment on function places_practitioner_area is '医务人员所属机构的所在区划';

create function places_organization_area(organization uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select area_key from public.places_organization where id = organization
$$;
comment on function places_organization_area is '机构的所在区划';

create function places_own_practitioner(practitioner uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select exists (select 1 from public.places_account a
        where a.id = nullif(current_setting('gongwei.account', true), '')::uuid and a.practitioner_id = practitioner)
$$;
comment on function places_own_practitioner is '是否当前账号本人';
"""
DROP_FUNCTIONS = """
drop function places_acts_in(bigint, text[]);
drop function places_practitioner_area(uuid);
drop function places_organization_area(uuid);
drop function places_own_practitioner(uuid);
"""


def acts_in(area: str, *roles: str) -> str:
    """The condition that the present account holds one of the roles in the county of an area."""
    return f"places_acts_in({area}, '{{{','.join(roles)}}}'::text[])"


def guard(table: str, *, see: str, insert: str, change: str) -> list[migrations.RunSQL]:
    """Policies of a table, one for each command; nothing is ever deleted by a request."""
    return [
        migrations.RunSQL(
            [
                f"alter table {table} enable row level security",
                f"create policy {table}_see on {table} for select to {rls.APP_ROLE} using ({see})",
                f"create policy {table}_insert on {table} for insert to {rls.APP_ROLE} with check ({insert})",
                f"create policy {table}_change on {table} for update to {rls.APP_ROLE} using ({change}) with check ({change})",
            ],
            [
                f"drop policy {table}_see on {table}",
                f"drop policy {table}_insert on {table}",
                f"drop policy {table}_change on {table}",
                f"alter table {table} disable row level security",
            ],
        )
    ]


AREA_WRITERS = ("system_admin",)
ORGANIZATION_WRITERS = ("county_officer", "system_admin")
STAFF_WRITERS = ("township_director", "county_officer", "system_admin")
PHONE_READERS = (
    "village_doctor",
    "township_doctor",
    "township_clerk",
    "township_director",
    "county_officer",
    "system_admin",
)
ACCOUNT_READERS = ("system_admin", "security_admin", "audit_admin")
OF_PRACTITIONER = "places_practitioner_area(practitioner_id)"
OF_ORGANIZATION = "places_organization_area(organization_id)"
AREA = acts_in("key", *AREA_WRITERS)
AREA_OF = acts_in("area_key", *AREA_WRITERS)
ORGANIZATION = acts_in("area_key", *ORGANIZATION_WRITERS)
STAFF = acts_in(OF_ORGANIZATION, *STAFF_WRITERS)
PHONE = acts_in(OF_PRACTITIONER, *STAFF_WRITERS)
GRID = f"({rls.within_areas()} or {SYSTEM})"


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *guard("places_area", see=SIGNED_IN, insert=AREA, change=AREA),
        *guard("places_areaname", see=SIGNED_IN, insert=AREA_OF, change=AREA_OF),
        *guard(
            "places_areachange",
            see=SIGNED_IN,
            insert=f"{rls.ROLE} in ('system_admin', 'system')",
            change="false",
        ),
        *guard("places_organization", see=SIGNED_IN, insert=ORGANIZATION, change=ORGANIZATION),
        # Whom an organization serves decides what its people see: both ends must lie in the writer's county.
        *guard(
            "places_servedarea",
            see=SIGNED_IN,
            insert=f"{ORGANIZATION} and {acts_in(OF_ORGANIZATION, *ORGANIZATION_WRITERS)}",
            change=f"{ORGANIZATION} and {acts_in(OF_ORGANIZATION, *ORGANIZATION_WRITERS)}",
        ),
        *guard("places_practitioner", see=SIGNED_IN, insert=STAFF, change=STAFF),
        *guard(
            "places_practitionerphone",
            see=f"places_own_practitioner(practitioner_id) or {acts_in(OF_PRACTITIONER, *PHONE_READERS)}",
            insert=PHONE,
            change=PHONE,
        ),
        *guard(
            "places_account",
            see=f"id = {rls.ACCOUNT} or {acts_in(OF_PRACTITIONER, *ACCOUNT_READERS)}",
            insert=acts_in(OF_PRACTITIONER, "system_admin"),
            change=f"id = {rls.ACCOUNT} or {acts_in(OF_PRACTITIONER, 'system_admin', 'security_admin')}",
        ),
        *guard(
            "places_duty",
            see=SIGNED_IN,
            insert=acts_in(OF_ORGANIZATION, "security_admin"),
            change=acts_in(OF_ORGANIZATION, "security_admin"),
        ),
        *guard("places_grid", see=SIGNED_IN, insert=GRID, change=GRID),
        *guard("places_signinattempt", see=SYSTEM, insert=SYSTEM, change=SYSTEM),
    ]
