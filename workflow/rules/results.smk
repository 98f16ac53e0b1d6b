# What a run makes: the list of results, their names, and the files of a figure and of a table.
import re

from twoarm.config.keys import told_apart
from twoarm.results.wording import CRITERIA

RESULTS = list(ANALYSES)  # each stage adds its figures and tables
if "published" in config:
    RESULTS += ["results/statistics/reproduction.csv", "results/statistics/score.txt"]


def made(folder, ending):
    """The results in a folder that end so, those of the stages included so far."""
    return [path for path in RESULTS if path.startswith(folder) and path.endswith(ending)]


def other_formats():
    """The other formats of figures and tables."""
    figures = [path.removesuffix("svg") for path in made("results/figures", ".svg")]
    tables = [path.removesuffix("html") for path in made("results/tables", ".html")]
    return [f"{stem}{kind}" for stem in figures for kind in ("png", "pdf")] + [
        f"{stem}{kind}" for stem in tables for kind in ("docx", "csv")
    ]


def shown(analysis):
    """The statistics that tables, figures and report may show of an analysis."""
    return f"results/disclosed/{analysis}.csv" if DISCLOSURE else f"results/statistics/{analysis}.csv"


def shown_curves(name):
    """The Kaplan-Meier curves that figures may show."""
    return f"results/disclosed/{name}.parquet" if DISCLOSURE else f"results/data/{name}.parquet"


def figure(name, category, title, caption=None):
    """The files of a figure, for the output of its rule; `snakemake --report` shows the first.

    name: of the files, with wildcards; category, title: where and as what the report shows it; caption: the file in
    workflow/report that explains it, by default of the figure's name.
    """
    return {
        "svg": _reported(f"results/figures/{name}.svg", category, title, caption),
        **{kind: f"results/figures/{name}.{kind}" for kind in ("png", "pdf")},
    }


def table(name, category, title, caption=None):
    """The files of a table, as those of a figure, and the part of the study's own report that it is."""
    return {
        "html": _reported(f"results/tables/{name}.html", category, title, caption),
        **{kind: f"results/tables/{name}.{kind}" for kind in ("docx", "csv")},
        "json": f"results/report/parts/{name}.json",
    }


def _reported(path, category, title, caption):
    """A file as `snakemake --report` shows it."""
    caption = caption or re.sub(r"_?{\w+}", "", Path(path).stem)
    return report(path, caption=f"../report/{caption}.rst", category=category, labels=_labels(title))


def _labels(title):
    """How `snakemake --report` names a result: by one label, with all that sets it apart from others.

    Of a second label with two values in a category Snakemake 9 makes a switch, and shows an empty page where a result
    has no twin for it. title: with the wildcards, for which a criterion's or a subgroup's own name stands.
    """
    names = {
        "criterion": CRITERIA,
        "subgroup": told_apart({name: subgroup["label"] for name, subgroup in config["subgroups"].items()}),
    }

    def labels(wildcards):
        printed = {key: names.get(key, {}).get(value, value) for key, value in wildcards.items()}
        return {"Result": title.format(**printed)}

    return labels
