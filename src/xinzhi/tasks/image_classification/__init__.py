"""Images to labels: one label per image."""
