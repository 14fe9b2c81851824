-- The measures of issue 4 as somebody who knows DuckDB and the norm would write them by hand, over the files of a snapshot.
-- Choices of the county that are in force are written in (standard level, face to face, calendar year); {first} and {last} are
-- the period. A record's subject_birth_date stands where PostgreSQL wants a join, at the marks "of subjects". Statements are parted by lines
-- of dashes; the four selects at the end give the figures by village, organization and doctor, named as `columnar_plans.sums` names them.

create or replace temp table exam as
with c as (
  select c.subject_id, year(done_on) - year(subject_birth_date) >= 65 as old,
    symptoms[1] is not null and exercise_frequency <> '' and diet_habits[1] is not null and smoking_status <> ''
      and drinking_frequency <> '' and assessment <> ''
      and body_temperature is not null and pulse_rate is not null and respiratory_rate is not null and height is not null
      and weight is not null and waist is not null
      and (systolic_left is not null and diastolic_left is not null or systolic_right is not null and diastolic_right is not null)
      and (subject_birth_date + interval 65 year > done_on or elderly_self_rated_health <> '' and elderly_self_care <> ''
           and elderly_cognition <> '' and elderly_emotion <> '')
      and lips <> '' and teeth[1] is not null and pharynx <> '' and hearing <> '' and motor_function <> ''
      and (vision_left is not null or vision_corrected_left is not null)
      and (vision_right is not null or vision_corrected_right is not null)
      and skin <> '' and lymph_nodes <> '' and breath_sounds <> '' and rales <> '' and heart_rhythm <> '' and heart_murmur <> ''
      and abdomen_tenderness <> '' and abdomen_mass <> '' and hepatomegaly <> '' and splenomegaly <> '' as whole,
    fasting_glucose is not null or fasting_glucose_mg is not null as glucose,
    dorsalis_pedis <> '' as pulse,
    guidance[1] is not null or risk_control[1] is not null as guided,
    haemoglobin is not null and wbc is not null and platelets is not null
      and urine_protein <> '' and urine_glucose <> '' and urine_ketones <> '' and urine_blood <> ''
      and alt is not null and ast is not null and total_bilirubin is not null and creatinine is not null and urea is not null
      and total_cholesterol is not null and triglycerides is not null and ldl_c is not null and hdl_c is not null
      and ecg <> '' and ultrasound_abdomen <> '' and chest_xray <> '' and hba1c is not null as tested
  from check_up c /* of subjects */
  where done_on between date '{first}' and date '{last}'
)
select subject_id, coalesce(bool_or(whole and guided), false) as complete,
  coalesce(bool_or(whole and pulse and glucose and guided), false) as complete_dm, coalesce(bool_or(old), false) as old_examined,
  coalesce(bool_or(old and whole and glucose and tested), false) as old_complete,
  coalesce(bool_or(old and guided), false) as old_guided
from c group by subject_id
-----
create or replace temp table managed as
select e.kind, e.subject_id, greatest(e.started_on, date '{first}') as first_on,
  least(coalesce(e.ended_on, date '{last}'), date '{last}') as last_on
from episodes e join subjects s using (subject_id)
where e.kind in ('hypertension', 'diabetes') and e.started_on <= date '{last}'
  and (e.ended_on is null or e.ended_on >= date '{first}') and s.birth_date + interval 35 year <= date '{last}'
-----
create or replace temp table htn as
with f as (
  select subject_id, record_id, done_on, coalesce(nullif(result, ''), '1') = '1' as completed, mode in ('1', '2') as at_hand,
    systolic is not null and diastolic is not null as measured,
    case when subject_birth_date + interval 65 year <= done_on then systolic < 150 and diastolic < 90
         when subject_birth_date + interval 65 year > done_on then systolic < 140 and diastolic < 90 end as controlled,
    nullif(adverse_reaction, '') = '2' as reacted, nullif(complication, '') in ('1', '2') as complicated,
    systolic >= 180 or diastolic >= 110 or list_has_any(danger_signs, ['1', '2', '3', '4', '5', '6', '7', '8', '9']) as emergency,
    nullif(outcome, '') as outcome, nullif(outcome_reason, '') as outcome_reason,
    (nullif(result, '') not in ('2', '4') or not_completed_reason <> '')
    and (nullif(result, '') <> '3' or death_on is not null) and (nullif(result, '') <> '3' or death_cause <> '')
    and (coalesce(nullif(result, ''), '1') <> '1' or
         coalesce(mode <> '', false) and symptoms[1] is not null and systolic is not null and diastolic is not null
         and heart_rate is not null and cigarettes is not null and cigarettes_goal is not null and alcohol_liang is not null
         and alcohol_liang_goal is not null and exercise_per_week is not null and exercise_minutes is not null
         and exercise_per_week_goal is not null and exercise_minutes_goal is not null and coalesce(salt <> '', false)
         and coalesce(salt_goal <> '', false) and coalesce(psychological_adjustment <> '', false)
         and coalesce(compliance <> '', false) and coalesce(medication_adherence <> '', false)
         and coalesce(adverse_reaction <> '', false) and coalesce(outcome <> '', false) and next_due_on is not null)
    and (not list_contains(symptoms, '10') or symptoms_other is not null)
    and (nullif(adverse_reaction, '') <> '2' or adverse_reaction_note is not null)
    and (nullif(medication_adherence, '') not in ('1', '2') or coalesce(len(medications), 0) > 0)
    and (referral_reason is null or referral_to is not null) and responsible_doctor is not null as complete
  from htn_follow_up /* of subjects */
  -- What came before the period counts for "two in a row" within 190 days.
  where done_on between date '{first}' - 190 and date '{last}'
), g as (
  select *, last_value(case when completed and measured then {{'on': done_on, 'reacted': reacted, 'bad': not controlled}} end
    ignore nulls) over (partition by subject_id order by done_on, record_id rows between unbounded preceding and 1 preceding) as before
  from f
), h as (
  select *, coalesce(completed and at_hand, false) as counted,
    case when emergency then case when complicated then '4' else '2' end
         when complicated then '4'
         when reacted and done_on - before['on'] <= 190 and before['reacted'] then '3'
         when not controlled and done_on - before['on'] <= 190 and before['bad'] then '2'
         when reacted then '3'
         when not controlled then '2'
         when controlled and not reacted and not coalesce(complicated, false) then '1' end as ruled
  from g where done_on >= date '{first}'
)
select subject_id, count(*) filter (where counted) as counted, count(*) filter (where completed) as completed,
  count(distinct year(done_on) * 4 + quarter(done_on)) filter (where counted) as quarters,
  coalesce(bool_or(counted and (not complete or outcome <> ruled and outcome_reason is null)), false) as unsound,
  coalesce(bool_or(completed and not complete), false) as unfilled,
  coalesce(arg_max(completed and controlled is not distinct from true, struct_pack(d := done_on, r := record_id)), false) as at_goal
from h group by subject_id
-----
create or replace temp table dm as
with f as (
  select subject_id, record_id, done_on, coalesce(nullif(result, ''), '1') = '1' as completed,
    fasting_glucose is not null and mode in ('1', '2') as at_hand, fasting_glucose is not null as measured,
    fasting_glucose < 7.0 as controlled,
    case when fasting_glucose is not null then fasting_glucose < 7.0
         else coalesce(postprandial_glucose, random_glucose) < 10.0 end as any_controlled,
    nullif(adverse_reaction, '') = '2' or nullif(hypoglycaemia, '') = '3' as reacted, nullif(complication, '') in ('1', '2') as complicated,
    fasting_glucose >= 16.7 or fasting_glucose <= 3.9 or postprandial_glucose >= 16.7 or postprandial_glucose <= 3.9
      or random_glucose >= 16.7 or random_glucose <= 3.9 or systolic >= 180 or diastolic >= 110
      or list_has_any(danger_signs, ['1', '2', '3', '4', '5', '6', '7', '8', '9']) as emergency,
    nullif(outcome, '') as outcome, nullif(outcome_reason, '') as outcome_reason,
    (nullif(result, '') not in ('2', '4') or not_completed_reason <> '')
    and (nullif(result, '') <> '3' or death_on is not null) and (nullif(result, '') <> '3' or death_cause <> '')
    and (coalesce(nullif(result, ''), '1') <> '1' or
         coalesce(mode <> '', false) and symptoms[1] is not null and systolic is not null and diastolic is not null
         and coalesce(dorsalis_pedis <> '', false) and cigarettes is not null and alcohol_liang is not null
         and exercise_per_week is not null and exercise_minutes is not null and staple_food is not null
         and coalesce(psychological_adjustment <> '', false) and coalesce(compliance <> '', false)
         and fasting_glucose is not null and coalesce(medication_adherence <> '', false)
         and coalesce(adverse_reaction <> '', false) and coalesce(hypoglycaemia <> '', false) and coalesce(outcome <> '', false)
         and next_due_on is not null)
    and (not list_contains(symptoms, '10') or symptoms_other is not null)
    and (nullif(dorsalis_pedis, '') not in ('2', '3') or dorsalis_pedis_side is not null)
    and (nullif(adverse_reaction, '') <> '2' or adverse_reaction_detail is not null)
    and (nullif(medication_adherence, '') not in ('1', '2') or coalesce(len(insulin), 0) > 0 or coalesce(len(medications), 0) > 0)
    and (referral_reason is null or referral_to is not null) and responsible_doctor is not null as complete
  from dm_follow_up where done_on between date '{first}' - 190 and date '{last}'
), g as (
  select *, last_value(case when completed and measured then {{'on': done_on, 'reacted': reacted, 'bad': not controlled}} end
    ignore nulls) over (partition by subject_id order by done_on, record_id rows between unbounded preceding and 1 preceding) as before
  from f
), h as (
  select *, coalesce(completed and at_hand, false) as counted,
    case when emergency then case when complicated then '4' else '2' end
         when complicated then '4'
         when reacted and done_on - before['on'] <= 190 and before['reacted'] then '3'
         when not controlled and done_on - before['on'] <= 190 and before['bad'] then '2'
         when reacted then '3'
         when not controlled then '2'
         when controlled and not reacted and not coalesce(complicated, false) then '1' end as ruled
  from g where done_on >= date '{first}'
)
select subject_id, count(*) filter (where counted) as counted, count(*) filter (where completed) as completed,
  count(distinct year(done_on) * 4 + quarter(done_on)) filter (where counted) as quarters,
  coalesce(bool_or(counted and (not complete or outcome <> ruled and outcome_reason is null)), false) as unsound,
  coalesce(bool_or(completed and not complete), false) as unfilled,
  coalesce(arg_max(completed and controlled is not distinct from true, struct_pack(d := done_on, r := record_id)), false) as at_goal,
  coalesce(arg_max(completed and any_controlled is not distinct from true, struct_pack(d := done_on, r := record_id)), false)
    as any_at_goal
from h group by subject_id
-----
create or replace temp table needed as
select kind, subject_id, count(distinct q) as quarters from (
  select kind, subject_id, unnest(range(year(first_on) * 4 + quarter(first_on), year(last_on) * 4 + quarter(last_on) + 1)) as q
  from managed where first_on <= last_on
) group by kind, subject_id
-----
create or replace temp table gap as
with seen as (
  select 'hypertension' as kind, subject_id, done_on from htn_follow_up
  where done_on between date '{first}' and date '{last}' and coalesce(nullif(result, ''), '1') = '1' and mode in ('1', '2')
  union all
  select 'diabetes', subject_id, done_on from dm_follow_up
  where done_on between date '{first}' and date '{last}' and coalesce(nullif(result, ''), '1') = '1' and mode in ('1', '2')
    and fasting_glucose is not null
), stops as (
  select kind, subject_id, first_on, last_on, first_on as stop from managed
  union all select kind, subject_id, first_on, last_on, last_on from managed
  union all select m.kind, m.subject_id, first_on, last_on, done_on
    from managed m join seen s on s.kind = m.kind and s.subject_id = m.subject_id and done_on between first_on and last_on
), steps as (
  select kind, subject_id, stop - lag(stop) over (partition by kind, subject_id, first_on, last_on order by stop) as step from stops
)
select kind, subject_id, max(step) as widest from steps group by kind, subject_id
-----
create or replace temp table used as
select distinct subject_id from (
  select subject_id from check_up where done_on between date '{first}' and date '{last}'
  union all select subject_id from outpatient_note where done_on between date '{first}' and date '{last}'
  union all select subject_id from consultation where done_on between date '{first}' and date '{last}'
  union all select subject_id from referral where done_on between date '{first}' and date '{last}'
  union all select subject_id from referral_back where done_on between date '{first}' and date '{last}'
  union all select subject_id from htn_high_risk_contact where done_on between date '{first}' and date '{last}'
  union all select subject_id from self_care_assessment where done_on between date '{first}' and date '{last}'
  union all select subject_id from htn_first_pressure where done_on between date '{first}' and date '{last}'
    and systolic is not null and diastolic is not null
  union all select subject_id from dm_high_risk_check where done_on between date '{first}' and date '{last}'
    and (fasting_glucose is not null or postprandial_glucose is not null or random_glucose is not null or hba1c is not null)
  union all select subject_id from htn where completed > 0
  union all select subject_id from dm where completed > 0
)
-----
create or replace temp table basic as
select subject_id, arg_max(
  coalesce(ethnicity <> '', false) and (nullif(ethnicity, '') not in ('97', '98') or ethnicity_other is not null)
  and coalesce(blood_abo <> '', false) and coalesce(blood_rh <> '', false) and coalesce(education <> '', false)
  and coalesce(occupation <> '', false) and coalesce(marital_status <> '', false) and payment_methods[1] is not null
  and (not list_contains(payment_methods, '8') or payment_other is not null) and drug_allergies[1] is not null
  and (not list_contains(drug_allergies, '5') or drug_allergy_other is not null) and exposures[1] is not null
  and past_diseases[1] is not null and coalesce(surgery <> '', false)
  and (nullif(surgery, '') <> '2' or coalesce(len(surgeries), 0) > 0) and coalesce(injury <> '', false)
  and (nullif(injury, '') <> '2' or coalesce(len(injuries), 0) > 0) and coalesce(transfusion <> '', false)
  and (nullif(transfusion, '') <> '2' or coalesce(len(transfusions), 0) > 0) and family_father[1] is not null
  and family_mother[1] is not null and family_siblings[1] is not null and family_children[1] is not null
  and (not (list_contains(family_father, '12') or list_contains(family_mother, '12') or list_contains(family_siblings, '12')
       or list_contains(family_children, '12')) or family_other is not null)
  and coalesce(genetic_disease <> '', false) and (nullif(genetic_disease, '') <> '2' or genetic_disease_name is not null)
  and disabilities[1] is not null and (not list_contains(disabilities, '8') or disability_other is not null)
  is not distinct from true, struct_pack(d := done_on, r := record_id)) as complete
from basic_information where done_on <= date '{last}' group by subject_id
-----
create or replace temp table health_record as
select p.area_key, p.organization_id, p.doctor_id,
  filed_on <= date '{last}' and not coalesce(died_on <= date '{last}', false) and not coalesce(left_on <= date '{last}', false)
    and not coalesce(cancelled_on <= date '{last}', false) as on_file,
  coalesce(b.complete, false) as basic_complete, u.subject_id is not null as in_use, e.subject_id is not null as examined,
  coalesce(e.complete, false) as exam_complete
from subjects p left join basic b using (subject_id) left join used u using (subject_id)
  left join exam e using (subject_id)
-----
select area_key, organization_id, doctor_id,
  count(*) filter (where on_file) as "HR.1/denominator", count(*) filter (where on_file) as "HR.1/numerator",
  count(*) filter (where on_file) as "HR.2/denominator", count(*) filter (where on_file) as "HR.2/numerator",
  count(*) filter (where on_file) as "HR.3/denominator", count(*) filter (where on_file and basic_complete) as "HR.3/numerator",
  count(*) filter (where on_file) as "HR.4/denominator", count(*) filter (where on_file and in_use) as "HR.4/numerator",
  count(*) filter (where on_file) as "HR.5/denominator",
  count(*) filter (where on_file and basic_complete and in_use) as "HR.5/numerator",
  count(*) filter (where on_file) as "HR.6/denominator", count(*) filter (where on_file and basic_complete) as "HR.6/numerator",
  count(*) filter (where examined) as "HR.7/denominator", count(*) filter (where examined and exam_complete) as "HR.7/numerator"
from health_record group by area_key, organization_id, doctor_id
-----
with people as (
  select p.area_key, p.organization_id, p.doctor_id, n.subject_id is not null as managed,
    coalesce(h.counted, 0) >= n.quarters and (coalesce(h.quarters, 0) >= n.quarters or coalesce(g.widest <= 107, false))
      and coalesce(e.complete, false) and not coalesce(h.unsound, false) as standard,
    coalesce(h.completed, 0) >= n.quarters and e.subject_id is not null as lenient, coalesce(h.at_goal, false) as at_goal,
    coalesce(h.completed, 0) > 0 as followed, not coalesce(h.unfilled, false) as filled,
    coalesce(a.first, false) as first, coalesce(a.measured, false) as first_measured
  from (select subject_id from managed where kind = 'hypertension'
        union select subject_id from htn where completed > 0
        union select subject_id from htn_first_pressure where done_on between date '{first}' and date '{last}') w
  join subjects p using (subject_id)
  left join (select * from needed where kind = 'hypertension') n using (subject_id)
  left join htn h using (subject_id) left join exam e using (subject_id)
  left join (select * from gap where kind = 'hypertension') g using (subject_id)
  left join (select f.subject_id, bool_or(occasion = '1' and subject_birth_date + interval 35 year <= done_on) as first,
      bool_or(occasion = '1' and subject_birth_date + interval 35 year <= done_on and systolic is not null and diastolic is not null) as measured
    from htn_first_pressure f /* of subjects */ where done_on between date '{first}' and date '{last}'
    group by f.subject_id) a using (subject_id)
)
select area_key, organization_id, doctor_id,
  count(*) filter (where managed) as "HTN.0/denominator", count(*) filter (where managed) as "HTN.0/numerator",
  count(*) filter (where managed) as "HTN.1/denominator", count(*) filter (where managed and standard) as "HTN.1/numerator",
  count(*) filter (where managed) as "HTN.1A/denominator", count(*) filter (where managed and lenient) as "HTN.1A/numerator",
  count(*) filter (where managed) as "HTN.2/denominator", count(*) filter (where managed and standard) as "HTN.2/numerator",
  count(*) filter (where managed) as "HTN.3/denominator", count(*) filter (where managed and at_goal) as "HTN.3/numerator",
  count(*) filter (where first) as "HTN.4/denominator", count(*) filter (where first and first_measured) as "HTN.4/numerator",
  count(*) filter (where followed) as "HTN.5/denominator", count(*) filter (where followed and filled) as "HTN.5/numerator"
from people group by area_key, organization_id, doctor_id
-----
with people as (
  select p.area_key, p.organization_id, p.doctor_id, n.subject_id is not null as managed,
    coalesce(h.counted, 0) >= n.quarters and (coalesce(h.quarters, 0) >= n.quarters or coalesce(g.widest <= 107, false))
      and coalesce(e.complete_dm, false) and not coalesce(h.unsound, false) as standard,
    coalesce(h.completed, 0) >= n.quarters and e.subject_id is not null as lenient, coalesce(h.at_goal, false) as at_goal,
    coalesce(h.any_at_goal, false) as any_at_goal, coalesce(h.completed, 0) > 0 as followed,
    not coalesce(h.unfilled, false) as filled
  from (select subject_id from managed where kind = 'diabetes' union select subject_id from dm where completed > 0) w
  join subjects p using (subject_id)
  left join (select * from needed where kind = 'diabetes') n using (subject_id)
  left join dm h using (subject_id) left join exam e using (subject_id)
  left join (select * from gap where kind = 'diabetes') g using (subject_id)
)
select area_key, organization_id, doctor_id,
  count(*) filter (where managed) as "DM.0/denominator", count(*) filter (where managed) as "DM.0/numerator",
  count(*) filter (where managed) as "DM.1/denominator", count(*) filter (where managed and standard) as "DM.1/numerator",
  count(*) filter (where managed) as "DM.1A/denominator", count(*) filter (where managed and lenient) as "DM.1A/numerator",
  count(*) filter (where managed) as "DM.2/denominator", count(*) filter (where managed and standard) as "DM.2/numerator",
  count(*) filter (where managed) as "DM.3/denominator", count(*) filter (where managed and at_goal) as "DM.3/numerator",
  count(*) filter (where managed) as "DM.3B/denominator", count(*) filter (where managed and any_at_goal) as "DM.3B/numerator",
  count(*) filter (where followed) as "DM.5/denominator", count(*) filter (where followed and filled) as "DM.5/numerator"
from people group by area_key, organization_id, doctor_id
-----
with people as (
  select p.area_key, p.organization_id, p.doctor_id,
    coalesce(died_on <= date '{last}', false) or coalesce(left_on <= date '{last}', false)
      or coalesce(cancelled_on <= date '{last}', false) as gone,
    coalesce(filed_on <= date '{last}', false) as filed, coalesce(e.old_examined, false) as examined,
    coalesce(e.old_complete, false) as complete, coalesce(e.old_guided, false) as guided
  from subjects p left join exam e using (subject_id)
  where year(date '{last}') - year(birth_date) >= 65
    and (lives_here_since is null or lives_here_since + interval 6 month <= date '{first}' + interval 1 year)
)
select area_key, organization_id, doctor_id,
  count(*) filter (where not gone) as "EL.1/denominator",
  count(*) filter (where not gone and filed and examined and complete and guided) as "EL.1/numerator",
  count(*) filter (where gone) as "EL.1/excluded",
  count(*) filter (where not gone) as "EL.2/denominator",
  count(*) filter (where not gone and filed and examined and complete and guided) as "EL.2/numerator",
  count(*) filter (where gone) as "EL.2/excluded",
  count(*) filter (where not gone) as "EL.2S/denominator",
  count(*) filter (where not gone and filed and examined and complete and guided) as "EL.2S/numerator",
  count(*) filter (where gone) as "EL.2S/excluded",
  count(*) filter (where not gone) as "EL.3/denominator", count(*) filter (where not gone and examined) as "EL.3/numerator",
  count(*) filter (where gone) as "EL.3/excluded",
  count(*) filter (where not gone and examined) as "EL.7/denominator",
  count(*) filter (where not gone and examined and complete) as "EL.7/numerator",
  count(*) filter (where gone and examined) as "EL.7/excluded"
from people group by area_key, organization_id, doctor_id
