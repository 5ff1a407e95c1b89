"""A first pass over all pairs of zones and services at once, in NumPy bit sets. Never guesses what it cannot decide."""
