"""Sweeps as people see them: live, in tables, in figures and on a page."""
