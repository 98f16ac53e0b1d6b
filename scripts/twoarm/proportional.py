"""What the test of proportional hazards says of the multivariable model, in words for a table or a figure."""

import pandas as pd

from twoarm.estimates import p_label
from twoarm.rounding import ALPHA


def proportional_note(statistics: pd.DataFrame, labels: dict[str, str]) -> str:
    """One sentence on the multivariable model; empty where nothing was tested.

    statistics: the tidy table of `prognosis`, with the rows of `cox_zph`; labels: {variable: as it is printed}.
    """
    tests = statistics[(statistics["method"] == "cox_zph") & (statistics["statistic"] == "p_value")]
    tests = tests.set_index("variable")["value"].dropna()
    if tests.empty:
        return ""
    whole = f" (global {p_label(tests['global'])})" if "global" in tests else ""
    doubtful = [labels.get(name, name) for name in tests.index if name != "global" and tests[name] < ALPHA]
    verdict = f"not proportional for {', '.join(doubtful)}" if doubtful else "no variable departs from them"
    return f"Proportional hazards of the multivariable model{whole}: {verdict}."
