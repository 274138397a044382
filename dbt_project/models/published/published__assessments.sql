{# Below the city counts are rounded: 44 of 45 may show as 45 of 45, which is not known to be complete,
   nor is 10 of 15 known to be two thirds. #}
{{ assess(ref('published__indicator_values'), counted="level = 'city'", slack=var('base') ~ ' / 2.0') }}
