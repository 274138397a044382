{{ funnels(ref('indicator_values')) }}
