"""Random streams of the generator."""

import numpy as np

SEED = 2025


def stream(stage: str) -> np.random.Generator:
    """A separate random stream for each stage, so that a change in one does not affect the others."""
    return np.random.default_rng([SEED, *stage.encode()])
