"""Rows of a table to classes: credit risk, faults, fraud."""
