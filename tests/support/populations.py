"""The populations of a study that matches, and of one that does not."""

from twoarm.config.populations import populations_of

BEFORE, AFTER = BOTH = populations_of({"propensity": {}})
ALONE = populations_of({})
