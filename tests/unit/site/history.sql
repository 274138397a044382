insert into indicator_funnels
with known as (
    select v.*, a.parent_code, p.value as parent_value, 4 * p.value / sqrt(v.denominator) as spread
    from indicator_values as v
    inner join dim_area as a on v.area_code = a.area_code
    left join indicator_values as p
        on a.parent_code = p.area_code and v.indicator = p.indicator and v."window" = p."window"
        and v.period_end = p.period_end and v.clock = p.clock and v.low is not null
    where v.clock = 'report' and v.area_level in ('county', 'township')
)
select area_code, area_level, indicator, "window", period_end, vintage, denominator, value, parent_code, parent_value,
    parent_value - 3 * spread, parent_value - 2 * spread, parent_value + 2 * spread, parent_value + 3 * spread,
    case
        when value is null or parent_value is null then 'not_assessed'
        when value > parent_value + 3 * spread then 'above_998'
        when value > parent_value + 2 * spread then 'above_95'
        when value < parent_value - 3 * spread then 'below_998'
        when value < parent_value - 2 * spread then 'below_95'
        else 'inside'
    end
from known;
insert into measure_vintages
select '990100000000', 'city', month, 'event', measure, '', 70 + month(month) + 4 * late, (70 + month(month) + 4 * late)::int::varchar,
    'exact', case when late = 1 or month = date '2015-03-01' then 2 else 1 end, case when late = 0 and month = date '2015-02-01' then 2 end
from (select unnest(range(date '2013-10-01', date '2015-04-01', interval 1 month))::date as month) as months
cross join (values ('births_male'), ('births_female')) as measures (measure)
cross join (values (0), (1)) as lateness (late)
where late = 0 or month = date '2015-02-01';
insert into measure_revisions
select '990100000000', 'city', 'births', '2015-02-01', '2015-03-01', change, added, added::varchar, taken, taken::varchar
from (values ('late', 4, 0), ('corrected', 3, 3), ('withdrawn', 0, 1)) as changes (change, added, taken);
insert into publications values
    (1, '2015-03-08 10:00:00', '2015-02.0200', '0.1.0', 'r1', 200), (2, '2015-04-08 09:30:00', '2015-03.0240', '0.1.0', 'r2', 240);
insert into indicator_vintages
select area_code, area_level, indicator, "window", period_end, clock, value, status,
    case when period_end = '2015-03-31' then 2 else 1 end, null
from indicator_values;
insert into indicator_vintages values
    ('990100000000', 'city', 'crude_birth_rate', 'month', '2015-02-28', 'event', 9.99, 'ok', 1, 2),
    ('990100000000', 'city', 'crude_birth_rate', 'month', '2015-02-28', 'event', 11.11, 'ok', 2, null);
delete from indicator_vintages
where area_level = 'city' and indicator = 'crude_birth_rate' and "window" = 'month' and period_end = '2015-02-28'
    and clock = 'event' and value not in (9.99, 11.11);
insert into assessment_vintages values
    ('ezhou', '990100000000', 'sex_ratio_at_birth', '2015-02-28', 'policy_year_to_date', 'met', 1, 2),
    ('ezhou', '990100000000', 'sex_ratio_at_birth', '2015-02-28', 'policy_year_to_date', 'missed', 2, null);
insert into assessment_runs values
    ('run-1', 'ezhou', '2014-09-30', 1, '2015-02.0200', '0.1.0', 'ab', '2015-03-09 08:00:00', 'statistics office', 'annual');
insert into sign_offs values ('run-1', '2015-03-10 08:00:00', 'the head', 'checked');
insert into attestations values
    ('990101000000', 'county', 'service', '2015-03-31', '2015-03.0240', 'missed', 'failed', '2015-02-11', null, 1, 2, 0);
