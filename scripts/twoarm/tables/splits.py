"""The notes on variables that are split among the enrolled patients."""

from collections.abc import Iterable, Mapping

from twoarm.config.populations import ENROLLED
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, found_of
from twoarm.text.provenance import Piece, from_row, joined, prose


def split_notes(paths: Iterable[str], variables: Mapping) -> list[list[Piece]]:
    """`NLR: split into tertiles of all enrolled patients (1.9; 3.2).`, one for each of these variables that is split.

    paths: the file with the cut points (attrition.csv), if a variable of the study is split; variables: their config.
    """
    values = Values(read_statistics(*paths))
    notes = []
    for name, variable in variables.items():
        if "split" in variable:
            rows = map(found_of, values.rows(population=ENROLLED, variable=name, statistic="cut_point"))
            cuts = joined([list(from_row(f"{cut.value:g}", cut)) for cut in rows], last="; ", between="; ")
            how = "at the median" if variable["split"] == "median" else f"into {variable['split']}"
            text = "{label}: split {how} of all enrolled patients ({cuts})."
            notes.append(prose(text, label=variable["label"], how=how, cuts=cuts))
    return notes
