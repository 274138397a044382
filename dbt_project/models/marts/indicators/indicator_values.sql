{{ exact_values(ref('int_indicator_parts')) }}
