"""Multiple imputation by chained equations (van Buuren, Stat Methods Med 2007;16:219-42).

The chains, and predictive mean matching of numbers, are statsmodels' MICEData: a missing number becomes that of one of
the patients whose prediction is nearest. A level is drawn from a logistic (with more levels, multinomial) regression on
a bootstrap sample of the patients who have one, as mice's logreg.boot and polyreg.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from statsmodels.imputation.mice import MICEData
from threadpoolctl import threadpool_limits

DONORS = 5  # as mice; statsmodels' 20 are many in a study of a hundred patients
# The penalty keeps the coefficients of levels that the other variables separate finite: normal with this variance on
# the log-odds scale, per standard deviation of a variable, which hardly shrinks others.
VARIANCE = 10.0


def cumulative_hazard(time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Nelson and Aalen's estimate of the cumulative hazard at each patient's own time."""
    times, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, event, len(times))
    at_risk = np.bincount(place, minlength=len(times))[::-1].cumsum()[::-1]
    return np.cumsum(events / at_risk)[place]


def imputations(table: pd.DataFrame, data_sets: int, iterations: int, seed: int) -> Iterator[pd.DataFrame]:
    """Yield the completed table of each data set, from a chain of its own.

    table: numbers and Categoricals, one row per patient, some values missing. A data set depends on seed, its number
    and the table, in the order of its rows and columns, and not on the number of cores or of data sets.
    """
    coded = pd.DataFrame({f"x{place}": _codes(table[name]) for place, name in enumerate(table)})
    levels = {
        f"x{place}": values.cat.categories
        for place, (_, values) in enumerate(table.items())
        if isinstance(values.dtype, pd.CategoricalDtype)
    }
    with threadpool_limits(1):  # the order of a sum, and so its last bit, may depend on the number of threads
        for number in range(data_sets):
            chain = _Chain(coded, levels, np.random.default_rng([seed, number]))
            chain.update_all(iterations)
            yield _uncoded(chain.data, table)


def _codes(values: pd.Series) -> np.ndarray:
    """Numbers as they are, a level as its place."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.to_numpy(float)
    return values.cat.codes.to_numpy(float, copy=True) + np.where(values.isna(), np.nan, 0)


def _uncoded(coded: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The completed table, with the observed values as they were."""
    columns = {}
    for name, (_, codes) in zip(table, coded.items(), strict=True):
        values, codes = table[name], codes.set_axis(table.index)
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = pd.Series(pd.Categorical.from_codes(codes.astype(int), dtype=values.dtype), table.index)
        columns[name] = values.where(values.notna(), codes)
    return pd.DataFrame(columns)


class _Chain(MICEData):
    """MICEData with design matrices of our own (levels as indicators), and with models of levels."""

    def __init__(self, coded: pd.DataFrame, levels: dict, rng: np.random.Generator):
        super().__init__(coded, k_pmm=DONORS, rng=rng)
        self.k_pmm = DONORS  # set_imputer, which the constructor calls, resets it
        self.levels = levels

    def update(self, vname: str) -> None:
        """Draw the missing values of a variable anew."""
        if vname in self.levels:
            self._draw_levels(vname)
        else:
            super().update(vname)

    def get_fitting_data(self, vname: str) -> tuple:
        """Values and predictors of the patients whose value is known, and no further arguments."""
        known = self.ix_obs[vname]
        return self.data[vname].to_numpy()[known], self._design(vname)[known], {}, {}

    def get_split_data(self, vname: str) -> tuple:
        """Known values, predictors of these patients and of the others, and no further arguments."""
        known, predictors = self.ix_obs[vname], self._design(vname)
        return self.data[vname].to_numpy()[known], predictors[known], predictors[self.ix_miss[vname]], {}, {}

    def _design(self, vname: str) -> np.ndarray:
        """The predictors of a variable, scaled: an intercept, numbers, and an indicator of each level but the first."""
        columns = []
        for name, values in self.data.items():
            if name == vname:
                continue
            numbers = values.to_numpy()
            columns += [numbers == place for place in np.unique(numbers)[1:]] if name in self.levels else [numbers]
        matrix = np.column_stack(columns).astype(float)
        spread = matrix.std(axis=0)
        varying = spread > 0
        scaled = (matrix[:, varying] - matrix[:, varying].mean(axis=0)) / spread[varying]
        return np.column_stack([np.ones(len(scaled)), scaled])

    def _draw_levels(self, vname: str) -> None:
        """Draw a level for each patient without one, from a model of a bootstrap sample of the others."""
        levels, predictors, of_missing, _, _ = self.get_split_data(vname)
        sample = self.rng.integers(0, len(levels), len(levels))
        drawn = self.rng.random(len(of_missing))
        occurring = np.unique(levels[sample])
        if len(occurring) == 1:
            self._store_changes(vname, np.full(len(of_missing), occurring[0]))
            return
        model = LogisticRegression(C=VARIANCE, max_iter=1000).fit(predictors[sample, 1:], levels[sample])
        cumulative = model.predict_proba(of_missing[:, 1:]).cumsum(axis=1)
        places = (drawn[:, None] > cumulative[:, :-1]).sum(axis=1)
        self._store_changes(vname, model.classes_[places])
