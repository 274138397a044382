{# Result rows = valid areas x windows x live indicators x clocks: fails with both numbers when they differ. #}
{% test complete_grid(model) %}

with expected as (
    select count(*) * 2 as cells
    from {{ ref('int_areas') }} as areas
    inner join (select distinct `window`, period_end from {{ ref('int_window_months') }}) as windows
        on
            areas.valid_from <= windows.period_end
            and (areas.valid_to is null or areas.valid_to > windows.period_end)
    cross join {{ ref('int_indicators__live') }} as live
),

found as (
    select count(*) as cells from {{ model }}
)

select expected.cells as expected_cells, found.cells as found_cells
from expected
cross join found
where expected.cells <> found.cells

{% endtest %}
