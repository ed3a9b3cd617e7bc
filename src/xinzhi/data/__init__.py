"""Records → snapshot → batches: sources, cleaning, splits, snapshots and token caches."""
