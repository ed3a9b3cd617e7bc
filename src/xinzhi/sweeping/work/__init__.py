"""Who runs the jobs of a sweep, and how each of them is run."""
