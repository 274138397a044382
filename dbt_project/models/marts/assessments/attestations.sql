{{ attest(ref('assessments')) }}
