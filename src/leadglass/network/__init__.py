"""The hospital's network against the model network: what may pass, what must, which gaps, and what closes them."""
