"""What the database refuses of runs and schemes by itself: once computed or approved, their content stays as it is."""

#: `settlement_frozen(state that may still change, column, ...)`: outside that state only the named columns change, and nothing is
#: removed but what failed.
CREATE = """
create or replace function settlement_frozen() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.state not in ('failed', tg_argv[0]) then
            raise exception '% 已定稿，不能删除', tg_table_name using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if old.state <> tg_argv[0] and (to_jsonb(old) - tg_argv::text[]) is distinct from (to_jsonb(new) - tg_argv::text[]) then
        raise exception '% 已定稿，内容不可修改', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger frozen before update or delete on settlement_settlementrun for each row execute function settlement_frozen(
    'running', 'state', 'submitted_at', 'submitted_by', 'approved_at', 'approved_by', 'published_at', 'note');
create trigger frozen before update or delete on settlement_settlementscheme for each row execute function settlement_frozen(
    'draft', 'state', 'approved_at', 'approved_by', 'ended_at', 'ended_by', 'reason');
"""
DROP = """
drop trigger if exists frozen on settlement_settlementrun;
drop trigger if exists frozen on settlement_settlementscheme;
drop function if exists settlement_frozen();
"""
#: What a request may change of a run: its way through the offices.
RUN_MOVES = "state, submitted_at, submitted_by, approved_at, approved_by, published_at, note"
SCHEME_MOVES = (
    "state, approved_at, approved_by, ended_at, ended_by, reason, title, document, note, content, digest"
)
