insert into quality_scores
select register, area_code, month, dimension,
    case when bool_or(status = 'fail') then 'fail' when bool_or(status = 'warn') then 'warn'
        when bool_or(status = 'pass') then 'pass' else 'n/a' end,
    round(1 - sum(unexpected) / nullif(sum(elements), 0), 4), null,
    count(*) filter (where status = 'pass'), count(*) filter (where status = 'warn'),
    count(*) filter (where status = 'fail'), count(*) filter (where status = 'n/a')
from quality_results group by all;
insert into reporting_scores
select area_code, month, count(*), count(*) filter (where status = 'landed'), count(*), count(*) filter (where status = 'landed') - 1,
    round(count(*) filter (where status = 'landed') / count(*), 4), case when month > date '2014-10-01' then 0.75 end
from delivery_calendar where register <> 'areas' group by all;
insert into provisional_reasons
select area_code, month, month, register, check_id, indicator, dimension, observed, threshold
from quality_results cross join (values ('crude_birth_rate'), ('sex_ratio_at_birth')) as i (indicator)
where status in ('warn', 'fail');
insert into integrity_signals values
    ('month_end', 'births', '', '990103000000', '2015-03-01', 120, 200, 0.6, 0.25, 'signal'),
    ('full_rates', 'births', 'policy_compliant_birth_rate', '990101001000', '2015-03-01', 0, 400, 0.0, 0.05, 'signal'),
    ('whipple', 'population', '', '990101000000', '2015-03-01', 4000, 20000, 0.2, 0.25, 'quiet'),
    ('whipple', 'population', '', '990102000000', '2015-03-01', null, 30, null, 0.25, 'n/a');
