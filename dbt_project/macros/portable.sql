{# What DuckDB and Spark spell differently, and the small date arithmetic that would otherwise be written many times. #}

{% macro month_start(date) -%} cast(date_trunc('month', {{ date }}) as date) {%- endmacro %}

{# Whole months from the month of `earlier` to the month of `later`. #}
{% macro months_between(earlier, later) -%}
    ((year({{ later }}) - year({{ earlier }})) * 12 + month({{ later }}) - month({{ earlier }}))
{%- endmacro %}

{# Completed years of age on a day. #}
{% macro age_on(birth_date, day) -%}
    (year({{ day }}) - year({{ birth_date }})
    - case
        when month({{ day }}) * 100 + day({{ day }}) < month({{ birth_date }}) * 100 + day({{ birth_date }}) then 1
        else 0
    end)
{%- endmacro %}

{# The policy year runs from 1 October to 30 September and is named by the year it ends in. #}
{% macro policy_year(date) -%}
    (year({{ date }}) + case when month({{ date }}) >= 10 then 1 else 0 end)
{%- endmacro %}

{# October is month 1 of the policy year. #}
{% macro policy_year_month_no(date) -%} ((month({{ date }}) + 2) % 12 + 1) {%- endmacro %}

{% macro add_months(date, months) -%} {{ adapter.dispatch('add_months', 'renkou')(date, months) }} {%- endmacro %}
{% macro default__add_months(date, months) -%}
    cast({{ date }} + ({{ months }}) * interval 1 month as date)
{%- endmacro %}
{% macro spark__add_months(date, months) -%} add_months({{ date }}, {{ months }}) {%- endmacro %}

{% macro days_between(earlier, later) -%} {{ adapter.dispatch('days_between', 'renkou')(earlier, later) }} {%- endmacro %}
{% macro default__days_between(earlier, later) -%} cast({{ later }} - {{ earlier }} as int) {%- endmacro %}
{% macro spark__days_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}

{# A relation of the numbers 0 to 10^digits - 1 in the column n. #}
{% macro numbers(digits) -%}
    (
        select {% for i in range(digits) %}{{ '+ ' if not loop.first }}d{{ i }}.n * {{ 10 ** i }} {% endfor %}as n
        from {% for i in range(digits) -%}
            {{ 'cross join ' if not loop.first }}(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d{{ i }} (n)
        {% endfor %}
    )
{%- endmacro %}

{# Every month from the first to the last given month, in the column named by `column`; none when either is null. #}
{% macro month_series(relation, first, last, column='month') -%}
    (
        select {{ add_months('bounds.' ~ first, 'numbers.n') }} as {{ column }}
        from {{ relation }} as bounds
        inner join {{ numbers(3) }} as numbers
            on numbers.n <= {{ months_between('bounds.' ~ first, 'bounds.' ~ last) }}
    )
{%- endmacro %}

{% macro add_days(date, days) -%} {{ adapter.dispatch('add_days', 'renkou')(date, days) }} {%- endmacro %}
{% macro default__add_days(date, days) -%} cast({{ date }} + cast({{ days }} as int) as date) {%- endmacro %}
{% macro spark__add_days(date, days) -%} date_add({{ date }}, cast({{ days }} as int)) {%- endmacro %}
