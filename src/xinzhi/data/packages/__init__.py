"""Readers for the data sets inside packages of the index, by the form of their rows."""
