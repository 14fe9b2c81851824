-- Checks of residents' files and of practitioners' work over many records (quality_rules.md A, C), one query each.
-- "name: CODE about each|all" begins a query. about: what its findings are about. each: may be asked of single
-- residents after a change ({people} is their condition on r); all: compares residents, so only in bulk.
-- Columns: resident_id, area_key, response_id, form_code, done_on, practitioner_id, organization_id, key, found, evidence.

-- name: QA005 resident all
with document as (
  select r.id, r.area_key, r.responsible_doctor_id, r.managing_organization_id, r.filed_on, i.key
  from residents_residentidentifier i join residents_resident r on r.id = i.resident_id where r.status = any(%(living)s)
  union
  select r.id, r.area_key, r.responsible_doctor_id, r.managing_organization_id, r.filed_on, r.id_key
  from residents_resident r where r.status = any(%(living)s) and r.id_key is not null)
select distinct b.id, b.area_key, null::uuid, '', b.filed_on, b.responsible_doctor_id, b.managing_organization_id,
  a.id::text, '另有一份在用档案登记过同一证件号码', jsonb_build_object('residents', jsonb_build_array(a.id))
from document a join document b on a.key = b.key and a.id < b.id

-- name: QA006 resident all
select b.id, b.area_key, null::uuid, '', b.filed_on, b.responsible_doctor_id, b.managing_organization_id,
  a.id::text, '另有一份在用档案的姓名、性别、出生日期与此相同', jsonb_build_object('residents', jsonb_build_array(a.id))
from residents_resident a join residents_resident b
  on a.birth_date = b.birth_date and a.name = b.name and a.sex = b.sex and a.id < b.id
where a.status = any(%(living)s) and b.status = any(%(living)s)

-- name: QA007 resident each
select r.id, r.area_key, null::uuid, '', r.birth_date, r.responsible_doctor_id, r.managing_organization_id, '',
  '出生日期 ' || r.birth_date, '{}'::jsonb
from residents_resident r where {people} and r.status = any(%(living)s)
  and (r.birth_date > %(today)s or r.birth_date < %(today)s::date - make_interval(years => %(oldest_age)s + 1))

-- name: QA013 resident all
with shared as (
  select r.phone_key, count(*) as residents, count(distinct coalesce(r.household_id, r.id)) as families
  from residents_resident r where r.status = any(%(living)s) and r.phone_key is not null group by 1
  having count(*) >= %(phone_residents)s and count(distinct coalesce(r.household_id, r.id)) >= %(phone_families)s)
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  format('本人电话与他人共用：共%%s人、%%s户', s.residents, s.families),
  jsonb_build_object('residents_sharing', s.residents, 'families', s.families)
from shared s join residents_resident r on r.phone_key = s.phone_key where r.status = any(%(living)s)

-- name: QA014 resident each
select distinct on (r.id) r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '本人电话是医务人员的电话', jsonb_build_object('practitioner', s.practitioner_id)
from unnest(%(staff_keys)s::bytea[], %(staff_names)s::text[], %(staff_ids)s::uuid[]) s(phone_key, name, practitioner_id)
join residents_resident r on r.phone_key = s.phone_key and r.name <> s.name
where {people} and r.status = any(%(living)s) order by r.id, s.practitioner_id

-- name: QA015 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, 'name',
  '联系人姓名与本人相同', '{}'::jsonb
from residents_resident r where {people} and r.status = any(%(living)s) and r.contact_name = r.name

-- name: QA018 resident each
select r.id, r.area_key, null::uuid, '', e.diagnosed_on, r.responsible_doctor_id, r.managing_organization_id, e.kind,
  format('确诊日期 %%s，出生日期 %%s，开始管理 %%s', e.diagnosed_on, r.birth_date, e.started_on), '{}'::jsonb
from records_episode e join residents_resident r on r.id = e.resident_id
where {people} and e.state in ('active', 'ended')
  and (e.diagnosed_on < r.birth_date or e.diagnosed_on > e.started_on or e.diagnosed_on > %(today)s)

-- name: QA023 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '现住址未到村（居）委会', '{}'::jsonb
from residents_resident r join places_area a on a.key = r.area_key
where {people} and r.status = any(%(living)s) and a.level <> 'village'

-- name: QA025 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  case when r.name ~ '[0-9０-９]' then '姓名含数字' when r.name ~* '测试|无名氏|test' then '姓名为测试或代用字样'
    else format('姓名长度 %%s', char_length(r.name)) end, '{}'::jsonb
from residents_resident r where {people} and r.status = any(%(living)s)
  and (r.name ~ '[0-9０-９]' or r.name ~* '测试|无名氏|test' or char_length(r.name) < 2 or char_length(r.name) > 20)

-- name: QA026 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  case when r.responsible_doctor_id is null then '未指定责任医生' when p.active_until <= %(today)s then '责任医生已离职'
    else '责任医生在管理机构及其上级没有岗位' end, '{}'::jsonb
from residents_resident r left join places_practitioner p on p.id = r.responsible_doctor_id
join places_organization o on o.id = r.managing_organization_id
where {people} and r.status = any(%(living)s) and (p.id is null or p.active_until <= %(today)s or not exists (
  select 1 from places_duty d where d.practitioner_id = p.id and d.from_on <= %(today)s
    and (d.until_on is null or d.until_on > %(today)s) and d.organization_id in (o.id, o.parent_id)))

-- name: QA027 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '建档日期 ' || r.filed_on, '{}'::jsonb
from residents_resident r where {people} and r.status = any(%(living)s)
  and (r.filed_on > %(today)s or r.filed_on < r.birth_date or r.filed_on < %(programme_start)s)

-- name: QA028 resident all
with made as (
  select r.id, r.area_key, r.managing_organization_id, r.created_by, r.created_at,
    (r.created_at at time zone 'Asia/Shanghai')::date as day,
    count(*) over (partition by r.created_by order by r.created_at
      range between interval '10 minutes' preceding and current row) as in_ten_minutes
  from residents_resident r where r.created_by is not null and r.origin in ('page', 'phone')),
days as (
  select created_by, day, count(*) as n, max(in_ten_minutes) as most,
    (array_agg(id order by created_at, id))[1] as first_id, (array_agg(id order by created_at, id))[1:20] as sample
  from made group by 1, 2
  having count(*) >= %(filed_per_day)s or max(in_ten_minutes) >= %(filed_per_ten_minutes)s)
select m.id, m.area_key, null::uuid, '', d.day, a.practitioner_id, m.managing_organization_id,
  d.created_by || ':' || d.day, format('同一账号一天建档%%s份，10分钟内最多%%s份', d.n, d.most),
  jsonb_build_object('filed', d.n, 'in_ten_minutes', d.most, 'residents', d.sample)
from days d join made m on m.id = d.first_id left join places_account a on a.id = d.created_by

-- name: QA030 response each
select r.id, r.area_key, p.id, p.form_code, p.done_on, e.practitioner_id, e.organization_id, '',
  format('服务日期 %%s，死亡日期 %%s', p.done_on, r.death_on), '{}'::jsonb
from residents_resident r join records_response p on p.resident_id = r.id and p.done_on > r.death_on
join records_encounter e on e.id = p.encounter_id
where {people} and r.death_on is not null and p.status = 'final'

-- name: QA031 response each
select r.id, r.area_key, p.id, p.form_code, p.done_on, e.practitioner_id, e.organization_id, '',
  format('服务日期 %%s，迁出日期 %%s', p.done_on, r.status_since), '{}'::jsonb
from residents_resident r join records_response p
  on p.resident_id = r.id and p.done_on > r.status_since + %(moved_out_days)s::int
join records_encounter e on e.id = p.encounter_id
where {people} and r.status = 'cancelled' and r.cancel_reason = '2' and p.status = 'final'

-- name: QA032 resident each
select r.id, r.area_key, null::uuid, '', r.status_since, r.responsible_doctor_id, r.managing_organization_id, '',
  case when r.cancel_reason = '1' then '死亡注销未登记死亡日期' else '注销未写明去向或依据' end, '{}'::jsonb
from residents_resident r where {people} and r.status = 'cancelled'
  and (r.cancel_reason = '1' and r.death_on is null or r.cancel_reason in ('2', '4', '9') and r.cancel_note = '')

-- name: QA033 resident all
with house as (
  select r.household_id, count(*) filter (where r.relation_to_head = '02') as heads,
    (array_agg(r.id order by r.relation_to_head <> '02', r.filed_on, r.id))[1] as first_id
  from residents_resident r where r.status = any(%(living)s) and r.household_id is not null group by 1),
wrong as (
  select h.first_id as id, 'head' as key,
    case when h.heads = 0 then '户内没有户主' else format('户内有%%s名户主', h.heads) end as found
  from house h where h.heads <> 1
  union all
  select c.id, 'child', format('与户主的关系为子女，户主出生日期 %%s，本人出生日期 %%s', f.birth_date, c.birth_date)
  from residents_resident c join residents_resident f
    on f.household_id = c.household_id and f.relation_to_head = '02' and f.status = any(%(living)s)
  where c.status = any(%(living)s) and c.relation_to_head ~ '^[23]'
    and f.birth_date + make_interval(years => %(parent_years)s) > c.birth_date)
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, w.key, w.found,
  '{}'::jsonb
from wrong w join residents_resident r on r.id = w.id

-- name: QC004 response each
select r.id, r.area_key, p.id, p.form_code, p.done_on, e.practitioner_id, e.organization_id, '',
  format('%%s同一种表填了不止一份', p.done_on), jsonb_build_object('responses', jsonb_build_array(q.id))
from records_response p
join lateral (select q.id from records_response q where q.resident_id = p.resident_id and q.form_code = p.form_code
  and q.done_on = p.done_on and q.status = 'final' and q.id < p.id order by q.id limit 1) q on true
join residents_resident r on r.id = p.resident_id join records_encounter e on e.id = p.encounter_id
where {people} and p.status = 'final' and p.form_code = any(%(routine)s)

-- name: QC017 practitioner all
select null::uuid, o.area_key, null::uuid, '', s.done_on, s.practitioner_id, s.organization_id,
  s.done_on || ':' || s.mode, format('%%s一天%%s%%s次', s.done_on, case s.mode when 'home' then '入户随访' else '在机构随访' end, s.n),
  jsonb_build_object('services', s.n, 'sample', s.sample)
from (select e.practitioner_id, (array_agg(e.organization_id))[1] as organization_id, e.done_on, e.mode, count(*) as n,
    (array_agg(e.id order by e.id))[1:20] as sample
  from records_encounter e where e.mode in ('outpatient', 'home') and e.practitioner_id is not null and exists (
    select 1 from records_response p where p.encounter_id = e.id and p.status = 'final' and p.form_code = any(%(routine)s))
  group by e.practitioner_id, e.done_on, e.mode
  having count(*) > case e.mode when 'home' then %(homes_per_day)s else %(clinic_per_day)s end) s
join places_organization o on o.id = s.organization_id

-- name: QC022 practitioner all
select null::uuid, o.area_key, null::uuid, '', (s.month + interval '1 month - 1 day')::date, s.practitioner_id, s.organization_id,
  to_char(s.month, 'YYYY-MM'), format('%%s服务%%s次，其中%%s次在%%s天以后录入', to_char(s.month, 'YYYY年MM月'), s.n, s.late, %(late_entry_days)s),
  jsonb_build_object('services', s.n, 'late', s.late)
from (select e.practitioner_id, (array_agg(e.organization_id))[1] as organization_id, date_trunc('month', e.done_on)::date as month,
    count(*) as n, count(*) filter (
      -- What came from an old system was entered there on its own day; where that is unknown nobody is asked (ADR 0025).
      where case when e.source = 'package' then e.first_entered_on else (e.entered_at at time zone 'Asia/Shanghai')::date end
        - e.done_on > %(late_entry_days)s) as late
  from records_encounter e where e.practitioner_id is not null group by 1, 3) s
join places_organization o on o.id = s.organization_id
where s.n >= %(late_entry_least)s and s.late > %(late_entry_share)s * s.n

-- name: QC024 practitioner all
select null::uuid, o.area_key, null::uuid, '', (s.month + interval '1 month - 1 day')::date, s.practitioner_id, p.organization_id,
  to_char(s.month, 'YYYY-MM'), format('%%s录入%%s次，其中夜间（23时至5时）%%s次', to_char(s.month, 'YYYY年MM月'), s.n, s.night),
  jsonb_build_object('entered', s.n, 'night', s.night)
from (select a.practitioner_id, date_trunc('month', e.entered_at at time zone 'Asia/Shanghai')::date as month, count(*) as n,
    count(*) filter (where extract(hour from e.entered_at at time zone 'Asia/Shanghai') in (23, 0, 1, 2, 3, 4)) as night
  from records_encounter e join places_account a on a.id = e.entered_by and a.practitioner_id is not null
  where e.source in ('page', 'phone') group by 1, 2) s
join places_practitioner p on p.id = s.practitioner_id join places_organization o on o.id = p.organization_id
where s.n >= %(night_least)s and s.night > %(night_share)s * s.n

-- name: QA008 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '档案编号前6位不是本地的县级区划代码', '{}'::jsonb
-- A number of another shape is refused by the table itself. A number is kept for life when somebody moves, so the county
-- is what must be known here, one that has ended too.
from residents_resident r where {people} and r.status = any(%(living)s)
  and not exists (select 1 from places_area c where c.key = left(r.record_no, 6)::bigint * 1000000)

-- name: QA011 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '封面未填：' || c.missing, jsonb_build_object('missing', string_to_array(c.missing, '、'))
from residents_resident r cross join lateral (select concat_ws('、',
    case when r.address = '' then '现住址' end,
    -- Whoever is registered where he lives has no other registered address.
    case when r.residence_type = '2' and r.hukou_address = '' and r.hukou_area_code = '' then '户籍地址' end,
    case when r.phone_cipher is null and r.contact_phone_cipher is null then '联系电话' end,
    case when r.filed_organization_id is null then '建档单位' end,
    case when r.filed_by_id is null then '建档人' end,
    case when r.filed_on is null then '建档日期' end) as missing) c
where {people} and r.status = any(%(living)s) and c.missing <> ''

-- name: QA024 resident each
select r.id, r.area_key, null::uuid, '', r.filed_on, r.responsible_doctor_id, r.managing_organization_id, '',
  '常住类型为非户籍，户籍地址与现住址相同', '{}'::jsonb
from residents_resident r where {people} and r.status = any(%(living)s) and r.residence_type = '2'
  and (r.hukou_area_code = r.area_key::text and r.hukou_address in ('', r.address)
    or r.hukou_area_code = '' and r.hukou_address <> '' and r.hukou_address = r.address)

-- name: QC028 resident each
select r.id, r.area_key, null::uuid, '', e.started_on, r.responsible_doctor_id, e.organization_id, e.kind,
  format('%%s纳入管理，没有确诊日期，也没有作为依据的记录', e.started_on), '{}'::jsonb
from records_episode e join residents_resident r on r.id = e.resident_id
where {people} and r.status = any(%(living)s) and e.state = 'active' and e.kind = any(%(diseases)s)
  and e.diagnosed_on is null and e.found_by = '' and not exists (select 1 from tasks_suspicion s where s.episode_id = e.id)

-- name: QC029 response each
select r.id, r.area_key, p.id, p.form_code, p.done_on, e.practitioner_id, e.organization_id, '',
  format('服务日期 %%s，管理已于 %%s 结束', p.done_on, c.ended_on), '{}'::jsonb
from unnest(%(followed_forms)s::text[], %(followed_kinds)s::text[]) f(form_code, kind)
join records_response p on p.form_code = f.form_code and p.status = 'final'
join residents_resident r on r.id = p.resident_id join records_encounter e on e.id = p.encounter_id
join lateral (select max(c.ended_on) as ended_on from records_episode c
  where c.resident_id = p.resident_id and c.kind = f.kind and c.state = 'ended' and c.ended_on < p.done_on) c on c.ended_on is not null
where {people} and not exists (select 1 from records_episode o where o.resident_id = p.resident_id and o.kind = f.kind
  and o.state in ('active', 'ended') and o.started_on <= p.done_on and (o.ended_on is null or o.ended_on >= p.done_on))

-- name: QC023 practitioner all
select null::uuid, o.area_key, null::uuid, '', s.day, s.practitioner_id, p.organization_id, s.day::text,
  format('%%s录入%%s份，相邻两份间隔的中位数为%%s秒', s.day, s.n, round(s.median::numeric, 0)),
  jsonb_build_object('entered', s.n, 'median_seconds', round(s.median::numeric, 1))
from (select practitioner_id, day, count(*) as n, percentile_cont(0.5) within group (order by gap) as median
  from (select a.practitioner_id, (e.entered_at at time zone 'Asia/Shanghai')::date as day,
      extract(epoch from e.entered_at - lag(e.entered_at) over (
        partition by a.practitioner_id, (e.entered_at at time zone 'Asia/Shanghai')::date order by e.entered_at)) as gap
    from records_encounter e join places_account a on a.id = e.entered_by and a.practitioner_id is not null
    where e.source = 'page') each_one
  group by 1, 2 having count(*) >= %(fast_least)s) s
join places_practitioner p on p.id = s.practitioner_id join places_organization o on o.id = p.organization_id
where s.median < %(fast_seconds)s
