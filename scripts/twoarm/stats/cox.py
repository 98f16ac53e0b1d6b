"""Cox regression with the results of R's coxph (Efron ties), cox.zph (version 3) and coxph(cluster=).

The coefficients, their covariance, the robust errors and the test of proportional hazards are computed from Efron's
partial likelihood (twoarm.stats.efron). This is our own code because lifelines and statsmodels diverge on skewed
covariates, where R converges, and lifelines' robust errors and test of proportional hazards differ from R's.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from twoarm.results.rows import EVENTLESS
from twoarm.stats.efron import Patients, RiskSets, Times, maximum
from twoarm.stats.survival import Z

ROUND_OFF = 1e-7  # a covariate's spread in the risk sets, relative to its size, that can be round-off alone
DIVERGED = "the Cox model did not converge"
ESTIMATES = ["coef", "se", "hazard_ratio", "ci_low", "ci_high", "p_value"]


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    terms: one row per coefficient: variable, level and reference (empty for a continuous variable), coef, se,
    hazard_ratio, ci_low, ci_high, p_value (Wald, on the log scale), note (why the estimates are empty).
    """

    terms: pd.DataFrame
    estimated: np.ndarray  # the rows of terms for the matrices below, in order
    covariance: np.ndarray
    risk_sets: RiskSets | None  # None: nothing could be estimated
    patients: np.ndarray  # rows of the data in the risk sets, as positions
    log_likelihood: float
    log_likelihood_null: float
    total: int  # patients of the model, including those at a level without an event, as in R
    events: int
    note: str  # a note on the whole fit

    @property
    def coefficients(self) -> int:
        """The coefficients that R's logLik counts: those estimated, and those of levels without an event."""
        infinite = self.terms["note"].str.startswith(EVENTLESS)
        return int((self.estimated | infinite).sum())

    @property
    def deviance(self) -> float:
        """-2 log partial likelihood; NaN if the model did not converge or there is no event."""
        if not self.estimated.any() and not (self.terms["note"] == DIVERGED).any():
            return -2 * self.log_likelihood_null
        return -2 * self.log_likelihood


def fit_cox(
    data: pd.DataFrame,
    variables: list[str],
    references: dict[str, str] | None = None,
    weights: np.ndarray | None = None,
) -> CoxFit:
    """Fit a Cox model of `time` and `event` (1 or 0) on `variables`, columns of data.

    Text and categorical variables are coded by treatment contrasts: each level that occurs, in category order,
    with the reference (references[variable]; by default the last level that occurs). Numbers are used unchanged.
    Patients with a missing value are left out and counted in the note, as R does. weights: positive, one per row of
    data. The errors of a weighted fit mean nothing before `robust` or `cluster_robust` has replaced them.

    An estimate that does not exist is empty, with a note:
    - a level without an event, or whose reference has none: the hazard ratio is 0 or infinite. The level's patients
      are left out of the fit, which gives the other coefficients their limits;
    - a variable that does not vary among those at risk, or repeats others: R's NA;
    - a monotone likelihood, which rises without end as the coefficient does (twoarm.stats.efron.maximum);
    - a number too large for the machine: the unit is far larger than the variable's range.
    """
    rows, terms, x, total, notes = _coded(data, variables, references or {})
    return _fit(data, rows, terms, x, total, notes, weights)


class Interaction(NamedTuple):
    """Cox models of two variables: without their products, and with them (None if it could not be fitted).

    product: the name of the products in the terms of `full`; coefficients: their number; note: why there is no test.
    """

    main: CoxFit
    full: CoxFit | None
    product: str
    coefficients: int
    note: str


def interaction_of(
    data: pd.DataFrame,
    first: str,
    second: str,
    weights: np.ndarray | None = None,
    cluster: pd.Series | None = None,
) -> Interaction:
    """The models with which `interaction_test` tests; with weights, the second one has robust errors."""
    rows, terms, x, total, notes = _coded(data, [first, second], {})
    main = _fit(data, rows, terms, x, total, notes, weights)
    sides = [np.flatnonzero(terms["variable"] == name) for name in (first, second)]
    pairs = [(i, j) for i in sides[0] for j in sides[1]]
    product = f"{first} x {second}"
    problem = _first_note(main) or _eventless_combination(data.iloc[rows], first, second)
    if problem:
        return Interaction(main, None, product, len(pairs), problem)
    products = pd.DataFrame([{"variable": product, "level": f"{i} x {j}"} for i, j in pairs])
    crossed = np.column_stack([x, *(x[:, i] * x[:, j] for i, j in pairs)])
    full = _fit(data, rows, pd.concat([terms, products], ignore_index=True), crossed, total, notes, weights)
    if weights is not None:
        full = robust(full) if cluster is None else cluster_robust(full, cluster)
    return Interaction(main, full, product, len(pairs), _first_note(full))


def interaction_test(
    data: pd.DataFrame,
    first: str,
    second: str,
    weights: np.ndarray | None = None,
    cluster: pd.Series | None = None,
) -> tuple[float, int, float, str]:
    """Whether the effect of `first` differs by `second`: likelihood-ratio test of their products (R's anova).

    A weighted likelihood has no such test: with weights (one per row of data) it is the robust Wald test, with
    clusters if given (one per row of data; for example the pair).
    Returns (chi-square, degrees of freedom, p, note); empty (NaN) if a combination has no event or no patient.
    """
    found = interaction_of(data, first, second, weights, cluster)
    if found.note:
        return math.nan, found.coefficients, math.nan, found.note
    main, full, freedom = found.main, found.full, found.coefficients
    if weights is not None:
        return *wald_test(full, found.product), full.note
    chi_square = max(2 * (full.log_likelihood - main.log_likelihood), 0.0)
    return chi_square, freedom, float(chdtrc(freedom, chi_square)), full.note


def _first_note(fit: CoxFit) -> str:
    """Why a coefficient of a fit is empty."""
    return next((note for note in fit.terms["note"] if note), "")


def _eventless_combination(part: pd.DataFrame, first: str, second: str) -> str:
    """A note if a combination of levels of two variables has no event, and so no finite hazard ratio."""
    if pd.api.types.is_numeric_dtype(part[second]):
        return ""
    events = part.groupby([first, second], observed=True)["event"].sum()
    complete = (events > 0).sum() == part[first].nunique() * part[second].nunique()
    return "" if complete else "a combination has no event"


def wald_test(fit: CoxFit, variable: str) -> tuple[float, int, float]:
    """Wald test of all coefficients of a variable: (chi-square, degrees of freedom, p); NaN if one is empty."""
    mine = (fit.terms["variable"] == variable).to_numpy()
    coefficients = fit.terms.loc[mine, "coef"].to_numpy()
    if not len(coefficients) or np.isnan(coefficients).any():
        return math.nan, int(mine.sum()), math.nan
    columns = mine[fit.estimated]
    chi_square = float(coefficients @ np.linalg.solve(fit.covariance[np.ix_(columns, columns)], coefficients))
    return chi_square, len(coefficients), float(chdtrc(len(coefficients), chi_square))


def proportional_hazards(fit: CoxFit) -> pd.DataFrame:
    """Test of proportional hazards, as cox.zph(fit, transform="km") of survival 3.x (Grambsch and Therneau 1994).

    A score test of adding each variable times the Kaplan-Meier-transformed time. Returns one row per variable and
    one for "global": variable, chi_square, df, p_value; NaN if the variable could not be estimated.
    """
    empty = {"chi_square": math.nan, "df": 0, "p_value": math.nan}
    variables = list(dict.fromkeys(fit.terms["variable"]))
    if fit.risk_sets is None:
        return pd.DataFrame([{"variable": name, **empty} for name in [*variables, "global"]])
    g = 1 - fit.risk_sets.survival_before
    g = g - g.mean()
    plain, with_time, with_square = (fit.risk_sets.information(g**power) for power in (0, 1, 2))
    score = fit.risk_sets.score(g)
    # The score's variance once the model's own coefficients are estimated: a Schur complement.
    spread = with_square - with_time @ np.linalg.solve(plain, with_time)
    owner = fit.terms["variable"].to_numpy()[fit.estimated]
    rows = []
    for name in [*variables, "global"]:
        mine = (owner == name) | (name == "global")
        variance = spread[np.ix_(mine, mine)]
        if not mine.any() or np.linalg.matrix_rank(variance) < mine.sum():
            rows.append({"variable": name, **empty})
            continue
        chi_square = float(score[mine] @ np.linalg.solve(variance, score[mine]))
        p = float(chdtrc(int(mine.sum()), chi_square))
        rows.append({"variable": name, "chi_square": chi_square, "df": int(mine.sum()), "p_value": p})
    return pd.DataFrame(rows)


def robust(fit: CoxFit) -> CoxFit:
    """The same model with robust standard errors, as coxph(robust = TRUE): each patient is a cluster of their own."""
    count = int(fit.patients.max(initial=-1)) + 1
    return cluster_robust(fit, pd.Series(np.arange(count)))


def cluster_robust(fit: CoxFit, cluster: pd.Series) -> CoxFit:
    """The same model with standard errors clustered by pair (or other cluster), as coxph(cluster=).

    cluster: one value per row of the data that was fitted. Lin and Wei's sandwich (1989) of score residuals; empty
    if there are no more clusters than coefficients, because clusters then do not vary.
    """
    if fit.risk_sets is None:
        return fit
    labels = np.unique(cluster.to_numpy()[fit.patients], return_inverse=True)[1]
    residuals = fit.risk_sets.score_residuals()
    summed = np.column_stack([np.bincount(labels, column) for column in residuals.T])
    if len(summed) <= summed.shape[1]:
        few = fit.terms["note"].mask(fit.terms["note"] == "", "too few clusters")
        return CoxFit(**{**vars(fit), "terms": fit.terms.assign(**dict.fromkeys(ESTIMATES, math.nan), note=few)})
    robust = fit.covariance @ (summed.T @ summed) @ fit.covariance
    known = fit.estimated & (fit.terms["note"] == "").to_numpy()
    se = np.sqrt(np.diag(robust))[known[fit.estimated]]
    # if clusters do not vary, for example if all have the event on one day, R has an error of 0 and no p
    alike = se <= ROUND_OFF * fit.terms.loc[known, "se"].to_numpy()
    terms = fit.terms.copy()
    terms.loc[known, ESTIMATES] = _estimates(terms.loc[known, "coef"].to_numpy(), np.where(alike, np.nan, se))
    terms.loc[np.flatnonzero(known)[alike], "note"] = "no standard error: the clusters do not differ"
    return CoxFit(**{**vars(fit), "terms": terms, "covariance": robust})


def _coded(data, variables, references) -> tuple[np.ndarray, pd.DataFrame, np.ndarray, int, list[str]]:
    """Code variables for the fit: (positions of the rows in the risk sets, terms, matrix, patients, notes).

    Rows with a missing value are left out. Rows at a level without an event are patients of the model, but in no risk
    set: in the limit, with a hazard ratio of 0, they have no weight.
    """
    complete = data[variables].notna().all(axis=1).to_numpy()
    notes = [f"left out for a missing value: {(~complete).sum()}"] if not complete.all() else []
    levels = {v: _levels(data.loc[complete, v]) for v in variables if not pd.api.types.is_numeric_dtype(data[v])}
    part, eventless = complete.copy(), {}
    for name, names in levels.items():
        deaths = data.loc[complete].groupby(name, observed=True)["event"].sum()
        eventless[name] = [level for level in names if deaths[level] == 0]
        part &= ~data[name].isin(eventless[name]).to_numpy()
    terms, columns = [], []
    for name in variables:
        if name not in levels:
            terms.append({"variable": name, "level": "", "reference": "", "note": ""})
            columns.append(data.loc[part, name].to_numpy(float))
            continue
        reference = references.get(name, levels[name][-1] if levels[name] else "")
        coded = _contrasts(name, levels[name], eventless[name], reference)
        terms += coded
        columns += [(data.loc[part, name] == term["level"]).to_numpy(float) for term in coded]
    matrix = np.column_stack(columns) if columns else np.empty((part.sum(), 0))
    frame = pd.DataFrame(terms, columns=["variable", "level", "reference", "note"])
    weightless = (complete & ~part).sum()
    notes += [f"at levels without an event, where they weigh nothing: {weightless}"] if weightless else []
    return np.flatnonzero(part), frame, matrix, int(complete.sum()), notes


def _levels(values: pd.Series) -> list[str]:
    """The levels that occur, in category order (alphabetical for plain text)."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [level for level in values.cat.categories if (values == level).any()]
    return sorted(values.unique())


def _contrasts(name: str, levels: list[str], eventless: list[str], reference: str) -> list[dict]:
    """One term per level other than the reference; the note says why it has no estimate."""
    if levels in ([], [reference]):
        return [{"variable": name, "level": reference, "reference": reference, "note": "one level only"}]
    terms = []
    for level in [level for level in levels if level != reference]:
        note = ""
        if reference not in levels:
            note = f"no patient at the reference level {reference}"
        elif reference in eventless or level in eventless:
            note = f"{EVENTLESS} {reference if reference in eventless else level}"
        terms.append({"variable": name, "level": level, "reference": reference, "note": note})
    return terms


def _fit(data, rows, terms, x, total, notes, weights) -> CoxFit:
    """Fit the matrix x, whose columns are the rows of terms, on the given rows of the data (and of the weights)."""
    time, event = data["time"].to_numpy(float)[rows], data["event"].to_numpy(int)[rows]
    terms = terms.assign(**dict.fromkeys(ESTIMATES, math.nan)).fillna({"level": "", "reference": "", "note": ""})
    result = {"terms": terms, "estimated": np.zeros(len(terms), bool), "covariance": np.empty((0, 0))}
    result |= {"risk_sets": None, "patients": rows, "log_likelihood": math.nan, "log_likelihood_null": math.nan}
    result |= {"total": total, "events": int(event.sum()), "note": "; ".join(notes)}
    if not event.any():
        terms["note"] = "no events among those without a missing value" if data["event"].any() else "no events"
        return CoxFit(**result)
    times = Times(time, event, None if weights is None else weights[rows])
    usable, result["log_likelihood_null"] = _independent(x, times)
    terms.loc[~usable & (terms["note"] == ""), "note"] = "does not vary among those at risk, or repeats other variables"
    if not usable.any():
        return CoxFit(**result)
    found = maximum(Patients(x[:, usable], times))
    if found is None or not (np.diag(found.covariance)[~found.runs_off] > 0).all():
        terms.loc[usable, "note"] = DIVERGED
        return CoxFit(**result)
    rows_of_terms = np.flatnonzero(usable)
    terms.loc[rows_of_terms, ESTIMATES] = _estimates(found.beta, np.sqrt(np.abs(np.diag(found.covariance))))
    overflow = ~np.isfinite(terms.loc[rows_of_terms, ESTIMATES]).all(axis=1).to_numpy()
    terms.loc[rows_of_terms[overflow], "note"] = "too large for a number: give the variable in a smaller unit"
    terms.loc[rows_of_terms[found.runs_off], "note"] = "monotone likelihood: no finite estimate"
    terms.loc[terms["note"] != "", ESTIMATES] = math.nan
    result |= {"estimated": usable, "covariance": found.covariance, "risk_sets": found.sets}
    return CoxFit(**result | {"log_likelihood": found.sets.log_likelihood})


def _estimates(coef: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Rows of ESTIMATES: the Wald interval and p-value on the log scale."""
    with np.errstate(over="ignore"):
        ratio, low, high = np.exp(coef), np.exp(coef - Z * se), np.exp(coef + Z * se)
    p = [math.erfc(abs(b / s) / math.sqrt(2)) for b, s in zip(coef, se, strict=True)]
    return np.column_stack([coef, se, ratio, low, high, p])


def _independent(x: np.ndarray, times: Times) -> tuple[np.ndarray, float]:
    """The informative columns, and the log-likelihood without any column.

    A column is not informative if it does not vary among those at risk, or is a combination of columns before it (R's
    aliased coefficients): its remaining information is 0.
    """
    spread = x.std(0)
    varies = spread > 1e-12 * np.abs(x).max(0)
    patients = Patients(x * varies / np.where(varies, spread, 1), times)
    null = patients.at(np.zeros(x.shape[1]))
    information = null.information(np.ones(len(null.when)))
    size = np.sqrt(np.maximum(np.diag(information), 0))
    varies &= size > ROUND_OFF * np.sqrt(null.mean_weight.sum()) * np.abs(patients.at_risk).max(0)
    information /= np.outer(np.where(varies, size, 1), np.where(varies, size, 1))
    kept = []
    for column in np.flatnonzero(varies):
        shared = information[kept, column]
        if 1 - shared @ np.linalg.solve(information[np.ix_(kept, kept)], shared) > 1e-9:
            kept.append(column)
    return np.isin(np.arange(x.shape[1]), kept), null.log_likelihood
