"""What the database refuses by itself: changed scores, changed schemes in force, anything new in a round that is final."""

from django.db import migrations

from gongwei.base import rls
from gongwei.records import guards

#: Content may change only while `state` says so; the named columns always may.
FROZEN = """
create or replace function evaluation_frozen() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception '% 的记录只增不删', tg_table_name using errcode = 'restrict_violation';
    end if;
    if old.state <> tg_argv[0] and old.state <> tg_argv[1] and
       (to_jsonb(new) - tg_argv[2:]::text[]) is distinct from (to_jsonb(old) - tg_argv[2:]::text[]) then
        raise exception '% 已经审定，内容不可修改', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""

#: A round that is final takes no more scores, and its sheets stay as they are; the codes of places may follow.
FINAL = """
create or replace function evaluation_round_is_final() returns trigger language plpgsql as $$
declare decided boolean;
begin
    if tg_table_name = 'evaluation_round' then
        if old.state = 'final' and (to_jsonb(new) - array['scope_key', 'county_key'])
           is distinct from (to_jsonb(old) - array['scope_key', 'county_key']) then
            raise exception '评价已定，不可修改' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if tg_table_name = 'evaluation_score' then
        select r.state = 'final' into decided from evaluation_sheet s join evaluation_round r on r.id = s.round_id
            where s.id = new.sheet_id;
    else
        select r.state = 'final' into decided from evaluation_round r where r.id = new.round_id;
        if decided and (to_jsonb(new) - array['seat_key']) is not distinct from (to_jsonb(old) - array['seat_key']) then
            return new;
        end if;
    end if;
    if decided then
        raise exception '评价已定，不可修改' using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""

#: Institutions and those who look after the area; finance acts with an empty scope and reads decisions all the same.
SEATS = f"({rls.within_areas('seat_key')} or {rls.ROLE} = 'finance_officer')"


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0001_initial"),
        ("records", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(FROZEN, "drop function if exists evaluation_frozen()"),
        migrations.RunSQL(FINAL, "drop function if exists evaluation_round_is_final()"),
        migrations.RunSQL(
            "create trigger frozen before update or delete on evaluation_scheme for each row execute function "
            "evaluation_frozen('draft', 'submitted', 'county_key', 'state', 'ended_at', 'ended_by')",
            "drop trigger if exists frozen on evaluation_scheme",
        ),
        *(
            migrations.RunSQL(
                f"create trigger final_round before {what} on {table} for each row "
                "execute function evaluation_round_is_final()",
                f"drop trigger if exists final_round on {table}",
            )
            for table, what in (
                ("evaluation_round", "update"),
                ("evaluation_sheet", "update"),
                ("evaluation_score", "insert"),
            )
        ),
        rls.AppendOnly("evaluation_score"),
        rls.AppendOnly("evaluation_issuestep"),
        rls.AppendOnly("evaluation_samplecheck"),
        rls.AppendOnly("evaluation_yearclosing"),
        guards.append_only("evaluation_sample", ("area_key",)),
        guards.append_only("evaluation_sampledperson", ("resident_id", "area_key")),
        guards.append_only("evaluation_evidence", ("seat_key", "content_cipher")),
        guards.follows_resident("evaluation_sampledperson"),
        rls.EnableByArea("evaluation_sample"),
        rls.EnableByParent("evaluation_sampledperson", "resident_id", "residents_resident"),
        rls.EnableByParent("evaluation_samplecheck", "person_id", "evaluation_sampledperson"),
        rls.EnableByCondition("evaluation_frauddecision", SEATS),
        rls.EnableByCondition("evaluation_issue", SEATS),
        rls.EnableByParent("evaluation_issuestep", "issue_id", "evaluation_issue"),
        rls.EnableByCondition("evaluation_appeal", SEATS),
        rls.EnableByArea("evaluation_evidence", "seat_key"),
        rls.GrantOnly("evaluation_score", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_issuestep", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_sample", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_sampledperson", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_samplecheck", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_yearclosing", "SELECT, INSERT"),
        rls.GrantOnly("evaluation_evidence", "SELECT, INSERT"),
    ]
