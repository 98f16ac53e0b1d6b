"""Seconds of each step at growing numbers of patients: python tests/benchmark/scale.py [N ...]

Fifteen binary covariates and age, 56% treated, times in whole months, so that there are many ties. The data go to
scale_<N>.csv in the folder for temporary files (TMPDIR), and tests/benchmark/scale.R times R on them.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from twoarm.stats.cox import fit_cox, proportional_hazards
from twoarm.stats.matching import caliper_width, nearest
from twoarm.stats.propensity import propensity_model
from twoarm.stats.survival import kaplan_meier, logrank


def patients(n: int) -> pd.DataFrame:
    """A table of n patients with covariates, arm, time and event."""
    random = np.random.default_rng(1)
    table = pd.DataFrame(random.integers(0, 2, (n, 15)).astype(float), columns=[f"x{i}" for i in range(15)])
    table["age"] = random.normal(55, 9, n).round()
    score = table.to_numpy() @ np.r_[random.normal(0, 0.3, 15), 0.01]
    table["treated"] = (random.random(n) < 1 / (1 + np.exp(-(score - np.quantile(score, 0.44))))).astype(float)
    hazard = 0.08 * np.exp(0.3 * table["x0"] - 0.5 * table["treated"] + 0.01 * (table["age"] - 55))
    table["time"] = np.minimum(np.ceil(random.exponential(1 / hazard)), 36)
    table["event"] = (table["time"] < 36).astype(int)
    return table


def curves(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The Kaplan-Meier curve of each arm."""
    return [kaplan_meier(arm["time"], arm["event"]) for _, arm in table.groupby("treated")]


def timed(step: str, function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    print(f"  {step:<28}{time.perf_counter() - start:9.3f}")
    return result


for n in [int(argument) for argument in sys.argv[1:]] or [188, 10_000, 100_000, 1_000_000]:
    print(f"{n:,} patients")
    table = patients(n)
    table.to_csv(Path(tempfile.gettempdir(), f"scale_{n}.csv"), index=False)
    covariates, treated = list(table.columns[:16]), table["treated"] == 1
    logit, _ = timed("propensity score", propensity_model, table, covariates, treated)
    timed("matching", nearest, np.asarray(logit), treated.to_numpy(), caliper_width(np.asarray(logit), 0.2))
    timed("Kaplan-Meier, two arms", curves, table)
    timed("log-rank", logrank, table["time"], table["event"], table["treated"])
    timed("Cox, treatment alone", fit_cox, table, ["treated"])
    fit = timed("Cox, 17 variables", fit_cox, table, ["treated", *covariates])
    timed("test of proportional hazards", proportional_hazards, fit)
