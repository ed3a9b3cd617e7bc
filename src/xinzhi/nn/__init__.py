"""Torch modules that two tasks share."""
