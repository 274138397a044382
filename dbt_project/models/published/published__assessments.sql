{# Below the city counts are rounded: 44 of 45 may show as 45 of 45, which is not known to be complete. #}
{{ assess(ref('published__indicator_values'), counted="level = 'city'") }}
