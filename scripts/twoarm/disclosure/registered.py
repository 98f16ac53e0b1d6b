"""The statistics that masking knows, by analysis; an unknown one could reveal a small number, so it stops a run.

COUNTS are numbers of patients with relations between them (twoarm.disclosure.relations). The others follow from counts
of their own group (mask_small_cells.derived_rows), or say nothing about patients.
"""

import pandas as pd

# Numbers of patients, or of their pairs, events and visits; counts of centres or variables are not included.
COUNTS = (
    "n",
    "total",
    "events",
    "remaining",
    "missing",
    "unmatched",
    "outside_overlap",
    "equipoise",
    "trimmed",
    "truncated",
    "pairs",
    "at_risk",
)
INTERVAL = {"ci_low", "ci_high"}
SURVIVAL = {
    "total",
    "events",
    "at_risk",
    "weighted_at_risk",
    "survival",
    "median",
    "rmst",
    "difference",
    "hazard_ratio",
    "p_value",
}
STATISTICS = {
    "attrition": {"n", "total", "remaining", "n_levels", "cut_point"},
    "propensity": {
        *("total", "outside_overlap", "equipoise", "percent"),
        *("coefficient", "standard_error", "sd", "auc", "equipoise_low", "equipoise_high"),
    },
    "weights": {
        *("total", "trimmed", "truncated"),
        *("weighted_total", "mean", "sd", "smallest", "largest", "effective_size"),
    },
    "matching": {"pairs", "unmatched", "caliper", "largest_distance"},
    "balance": {"smd", "variance_ratio", "imbalanced"},
    "baseline": {"effective_size", "n", "total", "missing", "percent", "mean", "sd", "median", "q1", "q3", "p_value"},
    "reading": {"n", "total", "rows", "kappa"},
    "response": {"n", "total", "percent", "difference", "odds_ratio", "p_value"} | INTERVAL,
    "discordance": {"n", "total", "kappa"},
    "outcomes": {"n", "total", "missing", "percent", "difference", "risk_ratio", "odds_ratio", "p_value"} | INTERVAL,
    "endpoints": {"n", "total"},
    "survival": SURVIVAL | INTERVAL,
    "adjusted": {"total", "events", "hazard_ratio", "p_value"} | INTERVAL,
    "subgroup": SURVIVAL | INTERVAL,
    "prognosis": {"total", "events", "hazard_ratio", "p_value", "aic"} | INTERVAL,
    "missing": {"total", "missing", "percent"},
    "pooled": {
        *("patients", "pairs", "largest_smd"),
        *("hazard_ratio", "difference", "risk_ratio", "odds_ratio"),
        *("p_value", "missing_information", "variance_increase"),
    }
    | INTERVAL,
    "safety": {"n", "total", "percent", "difference", "p_value"} | INTERVAL,
}


def unregistered(table: pd.DataFrame) -> list[str]:
    """The statistics of a tidy table that STATISTICS does not have, as `analysis: statistic`, each once."""
    pairs = dict.fromkeys(zip(table["analysis"], table["statistic"], strict=True))
    return [f"{analysis}: {statistic}" for analysis, statistic in pairs if statistic not in _known(analysis)]


def _known(analysis: str) -> set[str]:
    """The statistics of an analysis; each subgroup and each named prognosis model is a separate analysis."""
    kind = next((kind for kind in ("subgroup", "prognosis") if analysis.startswith(f"{kind}_")), analysis)
    return STATISTICS.get(kind, set())
