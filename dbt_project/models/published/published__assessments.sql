{{ assess(ref('published__indicator_values')) }}
