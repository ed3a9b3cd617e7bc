"""What a number is worth: figures and reports of a fitted model."""
