"""Compare the study's results with every printed value of its paper.

A printed value is `reproduced` when the computed one, rounded half-up to the printed number of decimals, is the same
(a bound such as <0.05 applies to the value at full precision); `contradicted` if it is not, and the paper's own other
numbers exclude it (twoarm.published.contradictions, which sees no computed value); otherwise `differs`.
"""

from pathlib import Path

import pandas as pd

from twoarm.published.contradictions import contradictions
from twoarm.published.published import agrees, as_printed, parse_printed, read_published
from twoarm.results.errors import InputError, log_to
from twoarm.results.rows import KEY, Statistic, read_statistics
from twoarm.results.wording import describe

COLUMNS = [*KEY, "printed", "place", "computed", "rounded", "verdict", "explanation"]
VERDICTS = ["reproduced", "contradicted", "differs"]
NOT_COMPUTED = "not computed"


def score(published: pd.DataFrame, statistics: list[Statistic]) -> pd.DataFrame:
    """Compare each printed value with the one computed row of its key.

    In: the table of `read_published`, the rows of `read_statistics`. Out: COLUMNS, one row per printed value in
    its order; `computed` is float at full precision (NaN if there is none), `method` is that of the computed row.
    Raises InputError if a printed value names no method and several methods compute it.
    """
    excluded = contradictions(published)
    reasons = dict(zip(_keys(excluded, KEY), excluded["explanation"], strict=True))
    candidates = _candidates(statistics, published)
    ambiguous = [
        f"printed value '{describe(row)}': {len(rows)} methods compute it "
        f"({', '.join(found.method for found in rows)}); name the one that the paper used in its column 'method'"
        for row, rows in candidates
        if len(rows) > 1
    ]
    if ambiguous:
        raise InputError(ambiguous)
    verdicts = [
        _judged(row, found[0] if found else None, reasons.get(tuple(row[name] for name in KEY), ""))
        for row, found in candidates
    ]
    return pd.DataFrame(verdicts, columns=COLUMNS)


def _keys(table: pd.DataFrame, columns: list[str]) -> list[tuple]:
    return list(table[columns].itertuples(index=False, name=None))


def _candidates(statistics: list[Statistic], published: pd.DataFrame) -> list[tuple[dict, list[Statistic]]]:
    """Each printed row with the computed rows of its key; an empty method matches any."""
    computed: dict[tuple, list[Statistic]] = {}
    for row in statistics:
        computed.setdefault(row.key[:-1], []).append(row)
    pairs = []
    for row in published.to_dict("records"):
        rows = computed.get(tuple(row[name] for name in KEY[:-1]), [])
        pairs.append((row, [found for found in rows if row["method"] in ("", found.method)]))
    return pairs


def _judged(row: dict, found: Statistic | None, exclusion: str) -> dict:
    """The scorecard row of one printed value."""
    if found is None:
        return {**row, "computed": float("nan"), "rounded": "", "verdict": "differs", "explanation": NOT_COMPUTED}
    printed, statistic, value = row["printed"], row["statistic"], found.value
    rounded = as_printed(printed, statistic, value)
    if agrees(printed, statistic, value):
        verdict, explanation = "reproduced", ""
    elif exclusion:
        verdict, explanation = "contradicted", f"the paper's own numbers exclude it: {exclusion}"
    elif pd.isna(value):
        verdict, explanation = "differs", f"no value: {found.note or 'it cannot be estimated'}"
    else:
        relation = "does not satisfy" if parse_printed(printed).sign else "is not"
        verdict, explanation = "differs", f"{value:.6g} {relation} {printed}"
    return {
        **row,
        "method": found.method,
        "computed": value,
        "rounded": rounded,
        "verdict": verdict,
        "explanation": explanation,
    }


def score_text(scorecard: pd.DataFrame, notice: str = "") -> str:
    """The study's notice, the score, and a line for every value that was not reproduced."""
    counts = {verdict: int((scorecard["verdict"] == verdict).sum()) for verdict in VERDICTS}
    lines = [
        *([notice] if notice else []),
        f"{counts['reproduced']} of {len(scorecard)} reproduced, "
        f"{counts['contradicted']} contradicted, {counts['differs']} differ",
    ]
    for row in scorecard[scorecard["verdict"] != "reproduced"].to_dict("records"):
        computed = f", computed {row['rounded']}" if row["rounded"] else ""
        lines.append(
            f"  {row['verdict']}: {describe(row)}: printed {row['printed']} ({row['place']}){computed}; "
            f"{row['explanation']}"
        )
    return "\n".join(lines) + "\n"


def write_scorecard(scorecard: pd.DataFrame, path: str) -> None:
    """Write reproduction.csv: computed values with all digits, whole numbers without a decimal point."""
    digits = ["" if pd.isna(value) else repr(float(value)).removesuffix(".0") for value in scorecard["computed"]]
    scorecard.assign(computed=digits).to_csv(path, index=False, lineterminator="\n")


def score_reproduction(published: str, statistics: list[str], notice: str, scorecard: str, text: str) -> None:
    """Compare the statistics files with the printed values; write the scorecard and its text."""
    judged = score(read_published(published), read_statistics(*statistics))
    write_scorecard(judged, scorecard)
    Path(text).write_text(score_text(judged, notice), encoding="utf-8")


if __name__ == "__main__":
    log_to(snakemake.log[0])
    score_reproduction(
        published=snakemake.input.published,
        statistics=snakemake.input.statistics,
        notice=snakemake.params.notice,
        scorecard=snakemake.output.scorecard,
        text=snakemake.output.score,
    )
