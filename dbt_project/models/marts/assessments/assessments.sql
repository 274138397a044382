{{ assess(ref('indicator_values')) }}
