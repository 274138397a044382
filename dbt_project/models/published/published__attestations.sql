{{ attest(ref('published__assessments')) }}
