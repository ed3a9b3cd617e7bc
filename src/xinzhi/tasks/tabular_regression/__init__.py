"""Rows of a table to quantities with intervals: cost, demand, remaining life."""
