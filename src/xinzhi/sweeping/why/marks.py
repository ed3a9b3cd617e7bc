"""By what probes are known in a ledger and in a store."""

PROBES = "why"  # among a sweep's settings: what its probes are of; the tag `pipeline` of their runs
FROM_B = "b"  # among a job's params: the names of the factors that are B's
APART = ", "  # between these names
