{{ exact_values(ref('int_constant_boundary__parts')) }}
