{# The counts of an area and its parent are rounded: each moves a count or its expectation by half the base, twice. #}
{{ funnels(ref('published__indicator_values'), slack=var('base') ~ ' * (1 + expected)') }}
