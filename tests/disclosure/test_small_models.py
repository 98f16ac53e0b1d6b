"""The hazard ratio of a variable that few patients have a value of is masked, and only that."""

import numpy as np
import pandas as pd
import pytest

from disclosure.mask_small_cells import mask_small_cells
from prognosis.fit_prognosis import fit_prognosis
from small_study import SURVIVAL, SmallStudy
from survival.estimate_survival import estimate_survival
from twoarm.config.populations import populations_of
from twoarm.disclosure.counts import Study


def masked(known: int):
    """The masked rows of prognosis, where only some patients have a size."""
    study = SmallStudy()
    study.patients.loc[known:, "size"] = np.nan
    members = {"enrolled": study.patients[["patient_id", "arm"]]}
    survival, _ = estimate_survival(
        study.patients[["patient_id", "time", "event"]].assign(endpoint="os"), members, "T", "C", SURVIVAL
    )
    variables = {"age": {}, "size": {}}
    prognosis = fit_prognosis(study.patients, variables, "enrolled", "C", "none", [])
    whole = Study(study.protocol["arms"], populations_of(study.protocol)[:1], outcomes={"prognosis": "os"})
    alone = prognosis[prognosis["method"] == "cox_univariable"]
    assert alone["value"].notna().all()
    # and the same over imputed data sets
    pooled = alone[~alone["statistic"].isin(["total", "events"])].assign(analysis="pooled", stratum="prognosis")
    table = mask_small_cells(pd.concat([survival, prognosis, pooled], ignore_index=True), 5, whole)[0]
    hidden = table["value"].isna()
    assert hidden[table["analysis"] == "pooled"].tolist() == hidden[pooled.index + len(survival)].tolist()
    return table[(table["analysis"] == "prognosis") & (table["method"] == "cox_univariable")].set_index(
        ["variable", "statistic"]
    )["value"]


@pytest.mark.parametrize(("known", "shown"), [(4, False), (30, True), (88, True)])
def test_the_hazard_ratio_of_few_known_values_is_masked(known, shown):
    found = masked(known)
    assert found["age", "hazard_ratio"] > 0 and ("age", "total") not in found
    for statistic in ("hazard_ratio", "ci_low", "ci_high", "p_value"):
        assert pd.notna(found["size", statistic]) == shown, statistic
    # the two patients left out are few, so that the size of the model is masked, but not its hazard ratio
    assert pd.notna(found["size", "total"]) == (known == 30)
