# What a run makes: the list of results, their names, and the files of figures and tables.
import re

from twoarm.config.keys import told_apart
from twoarm.config.prognosis import model_labels
from twoarm.config.subgroups import ALONE, forest_labels

RESULTS = list(ANALYSES)  # each stage adds its figures and tables
if "published" in config:
    RESULTS += ["results/statistics/reproduction.csv", "results/statistics/score.txt"]


class Labels(dict):
    """Labels by name, for messages of rules: `{SUBGROUP_LABELS:{wildcards.subgroup}u}` is the label (u: unquoted)."""

    def __format__(self, name):
        return self[name]


FORMATS = ("svg", "png", "pdf")  # of figures
CRITERION_LABELS = Labels(told_apart(CRITERIA))
SUBGROUP_LABELS = Labels(told_apart({name: part.settings["label"] for name, part in SUBGROUPS.items()}))
LIST_LABELS = forest_labels(config)  # of lists of subgroup variables
FOREST_LABELS = Labels(
    {ALONE: "single subgroups" if LIST_LABELS else "all subgroups"}
    | {stem: f"subgroups: {label}" for stem, label in LIST_LABELS.items()}
)
MODEL_LABELS = Labels(model_labels(config))


def made(folder, ending):
    """The results in a folder with this ending, from the stages included so far."""
    return [path for path in RESULTS if path.startswith(folder) and path.endswith(ending)]


def other_formats():
    """The other formats of figures and tables."""
    figures = [Path(path).stem for path in made("results/figures", ".svg")]
    tables = [Path(path).stem for path in made("results/tables", ".html")]
    return [
        *(f"results/figures/{name}.{kind}" for name in figures for kind in ("png", "pdf")),
        *(f"results/figures/column/{name}.{kind}" for name in figures for kind in FORMATS),
        *(f"results/tables/{name}.{kind}" for name in tables for kind in ("docx", "csv")),
    ]


def shown(analysis):
    """The statistics of an analysis that tables, figures and report may show."""
    return f"results/disclosed/{analysis}.csv" if DISCLOSURE else f"results/statistics/{analysis}.csv"


def shown_curves(name):
    """The Kaplan-Meier curves that figures may show."""
    return f"results/disclosed/{name}.parquet" if DISCLOSURE else f"results/data/{name}.parquet"


def figure(name, category, title, caption=None):
    """The files of a figure, for the output of its rule; `snakemake --report` shows the first one.

    Those for a journal's column have the same names, in the folder `column`. name: of the files, with wildcards;
    category, title: its place and name in that report; caption: the file in workflow/report that explains it, by
    default with the figure's name.
    """
    return {
        "svg": _reported(f"results/figures/{name}.svg", category, title, caption),
        **{kind: f"results/figures/{name}.{kind}" for kind in ("png", "pdf")},
        **{f"column_{kind}": f"results/figures/column/{name}.{kind}" for kind in FORMATS},
    }


def alone(name, labels):
    """The files of the figures of single endpoints, each key with the endpoint's name. labels: {endpoint: label}."""
    return {
        f"{endpoint}_{key}": path
        for endpoint, label in labels.items()
        for key, path in figure(
            f"{name}-{endpoint}", "Survival", f"{unfilled(label)}, {{population}} patients", "survival"
        ).items()
    }


def table(name, category, title, caption=None):
    """The files of a table, as for a figure, and its part for the study's own report."""
    return {
        "html": _reported(f"results/tables/{name}.html", category, title, caption),
        **{kind: f"results/tables/{name}.{kind}" for kind in ("docx", "csv")},
        "json": f"results/report/parts/{name}.json",
    }


def unfilled(label):
    """A label for a title with wildcards: its own braces are none."""
    return label.replace("{", "{{").replace("}", "}}")


def _reported(path, category, title, caption):
    """A file with its caption and label in `snakemake --report`."""
    caption = caption or re.sub(r"_?{\w+}", "", Path(path).stem)
    return report(path, caption=f"../report/{caption}.rst", category=category, labels=_labels(title))


def _labels(title):
    """The name of a result in `snakemake --report`: a single label with everything that identifies it.

    Snakemake 9 turns a second label with two values in a category into a switch, and shows an empty page if a result
    has no counterpart. title: with wildcards, which are replaced by the labels of criteria, subgroups and models.
    """
    names = {
        "criterion": CRITERION_LABELS,
        "subgroup": SUBGROUP_LABELS,
        "subgroups": FOREST_LABELS,
        "model": MODEL_LABELS,
    }

    def labels(wildcards):
        printed = {key: names.get(key, {}).get(value, value) for key, value in wildcards.items()}
        return {"Result": title.format(**printed)}

    return labels
