"""Search: a ledger of jobs, workers that stay warm, pruning and resumption."""
