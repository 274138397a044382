{#
    The lists that know of births, linked by mother and date: records of one mother at most three days apart are one confinement,
    since a list may have the day wrong. A confinement may bring several children, so each list says how many.
#}
with listed as (
    {% for list, register in [
        ('register', 'births'), ('certificates', 'birth_certificates'), ('vaccinations', 'vaccinations'),
        ('entries', 'household_entries')
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ list }}' as list_name,
        mother_id_pseudonym,
        birth_date,
        area_code,
        reported_month
    from {{ ref('int_' ~ register ~ '__current') }}
    {% endfor %}
),

ordered as (
    select
        *,
        lag(birth_date) over (partition by mother_id_pseudonym order by birth_date, list_name) as date_before
    from listed
),

spaced as (
    select
        *,
        case when {{ days_between('date_before', 'birth_date') }} <= 3 then 0 else 1 end as is_first
    from ordered
),

numbered as (
    select
        *,
        sum(is_first) over (
            partition by mother_id_pseudonym
            order by birth_date, list_name
            rows between unbounded preceding and current row
        ) as confinement
    from spaced
),

confinements as (
    select
        mother_id_pseudonym,
        confinement,
        coalesce(
            min(case when list_name = 'register' then area_code end),
            min(case when list_name = 'certificates' then area_code end),
            min(case when list_name = 'vaccinations' then area_code end),
            min(area_code)
        ) as area_code,
        coalesce(min(case when list_name = 'register' then birth_date end), min(birth_date)) as birth_date,
        min(case when list_name <> 'register' then reported_month end) as evidenced_month,
        count(*) filter (where list_name = 'register') as registered,
        count(*) filter (where list_name = 'certificates') as certified,
        count(*) filter (where list_name = 'vaccinations') as vaccinated,
        count(*) filter (where list_name = 'entries') as entered
    from numbered
    group by mother_id_pseudonym, confinement
),

linked as (
    select
        area_code,
        {{ month_start('birth_date') }} as event_month,
        evidenced_month as reported_month,
        registered,
        certified,
        vaccinated,
        entered,
        greatest(certified, vaccinated, entered) as evidenced
    from confinements
)

select * from linked
