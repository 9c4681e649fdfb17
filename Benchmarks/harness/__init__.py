"""Load tests of Gatehouse beside its peers; `Benchmarks/run` is the way in."""
