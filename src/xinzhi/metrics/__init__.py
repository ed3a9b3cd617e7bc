"""Pure functions from scores and targets to numbers, shared by tasks."""
