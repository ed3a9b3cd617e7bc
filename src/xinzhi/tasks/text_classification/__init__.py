"""Texts to labels: one label per text, or several."""
