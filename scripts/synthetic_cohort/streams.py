"""Random streams of the generator."""

import numpy as np

SEED = 2025


def stream(stage: str) -> np.random.Generator:
    """A random stream of its own for each stage, so that a change in one leaves the others as they are."""
    return np.random.default_rng([SEED, *stage.encode()])
