"""The sections of the report, each from the config and the statistics of a run."""
