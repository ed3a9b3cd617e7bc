"""Why two runs differ: which factor, or which factors together, carry the difference."""
