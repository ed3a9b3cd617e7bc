"""How a fitted model answers: bundle, batch predict, pyfunc."""
