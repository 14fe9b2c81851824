"""What the database itself refuses of the ledger, as SQL for the migration (reliability.md decision 5): entries added to a posting
of the past, a posting into a closed month, one that does not add to zero, a book opened again."""

CREATE = [
    """
create function settlement_entry_with_posting() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from settlement_posting posting
                   where posting.id = new.posting_id and posting.xid = pg_current_xact_id()) then
        raise exception '分录只能与凭证同时写入' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
""",
    """
create function settlement_posting_open() returns trigger language plpgsql as $$
declare closed date;
begin
    select closed_until into closed from settlement_book where area_key = new.area_key for share;
    if not found or new.posted_on <= closed then
        raise exception '会计期间已经结账' using errcode = 'check_violation', constraint = 'settlement_posting_open';
    end if;
    new.xid := pg_current_xact_id();
    if new.month <> date_trunc('month', new.posted_on)::date then
        raise exception '会计期间与记账日期不符' using errcode = 'check_violation';
    end if;
    return new;
end $$
""",
    """
create function settlement_balanced(wanted uuid) returns void language plpgsql as $$
declare difference numeric; lines integer;
begin
    select coalesce(sum(debit_fen) - sum(credit_fen), 0), count(*) into difference, lines
    from settlement_entry where posting_id = wanted;
    if lines < 2 or difference <> 0 then
        raise exception '凭证借贷不平或分录不足：分录%条，相差%分', lines, difference
            using errcode = 'check_violation', constraint = 'settlement_balanced';
    end if;
end $$
""",
    """
create function settlement_posting_balanced() returns trigger language plpgsql as $$
begin
    perform settlement_balanced(new.id);
    return null;
end $$
""",
    """
create function settlement_entry_balanced() returns trigger language plpgsql as $$
begin
    perform settlement_balanced(new.posting_id);
    return null;
end $$
""",
    """
create function settlement_book_forward() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.area_key <> old.area_key
            or (old.closed_until is not null and (new.closed_until is null or new.closed_until < old.closed_until)) then
        raise exception '已结账的期间不能重新打开' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
""",
    "create trigger settlement_entry_with_posting before insert on settlement_entry "
    "for each row execute function settlement_entry_with_posting()",
    "create trigger settlement_posting_open before insert on settlement_posting "
    "for each row execute function settlement_posting_open()",
    "create trigger settlement_book_forward before update or delete on settlement_book "
    "for each row execute function settlement_book_forward()",
    "create constraint trigger settlement_posting_balanced after insert on settlement_posting "
    "deferrable initially deferred for each row execute function settlement_posting_balanced()",
    "create constraint trigger settlement_entry_balanced after insert on settlement_entry "
    "deferrable initially deferred for each row execute function settlement_entry_balanced()",
]
DROP = [
    "drop trigger settlement_entry_balanced on settlement_entry",
    "drop trigger settlement_posting_balanced on settlement_posting",
    "drop trigger settlement_book_forward on settlement_book",
    "drop trigger settlement_posting_open on settlement_posting",
    "drop trigger settlement_entry_with_posting on settlement_entry",
    "drop function settlement_book_forward()",
    "drop function settlement_entry_balanced()",
    "drop function settlement_posting_balanced()",
    "drop function settlement_balanced(uuid)",
    "drop function settlement_posting_open()",
    "drop function settlement_entry_with_posting()",
]
