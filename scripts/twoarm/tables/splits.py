"""The footnotes of variables that are split among the enrolled patients."""

from collections.abc import Iterable, Mapping

from twoarm.config.populations import ENROLLED
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values


def split_notes(paths: Iterable[str], variables: Mapping) -> dict[str, str]:
    """`Split into tertiles of all enrolled patients (12; 400)`, for each of these variables that is split.

    paths: the file with the cut points (attrition.csv), if a variable of the study is split; variables: their config.
    """
    values = Values(read_statistics(*paths))
    notes = {}
    for name, variable in variables.items():
        if "split" in variable:
            cuts = [row.value for row in values.rows(population=ENROLLED, variable=name, statistic="cut_point")]
            how = "at the median" if variable["split"] == "median" else f"into {variable['split']}"
            notes[name] = f"split {how} of all enrolled patients ({'; '.join(f'{cut:g}' for cut in cuts)})"
    return notes
