"""Series to their next steps, with quantiles; and whether an event falls within the next steps."""
