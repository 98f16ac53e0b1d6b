# The report, from everything that the other stages made.
# Its sections, and the scripts of this study, whose assumptions it lists.
SECTIONS = [str(path) for path in sorted(Path(f"{HOUSE}/scripts/report").glob("*.py"))]
SCRIPTS = [os.path.normpath(f"{HOUSE}/scripts/{rule.name}.py") for rule in workflow.rules] + library(*sorted(SHARED))
CHECKLISTS = ["strobe", "target", "propensity"]


rule write_report:
    input:
        statistics=[shown(Path(path).stem) for path in ANALYSES],
        tables=[f"results/report/parts/{Path(path).stem}.json" for path in made("results/tables", ".html")],
        figures=made("results/figures", ".svg"),
        other_formats=twins(),
        raw=[path for path in made("results/statistics", ".csv") if Path(path).stem in ("reproduction", "audit")],
        data=[config["data"][table] for table in TABLES] + ([config["published"]] if "published" in config else []),
        scripts=SCRIPTS,
        sections=SECTIONS,
        project=os.path.normpath(f"{HOUSE}/pyproject.toml"),
        library=library(
            "abbreviations",
            "cells",
            "criteria",
            "document",
            "document_html",
            "document_word",
            "echo",
            "estimates",
            "faults",
            "imbalance",
            "immortal",
            "keys",
            "levels",
            "model_size",
            "paper_table",
            "published",
            "raw_table",
            "response_rules",
            "rounding",
            "sourced",
            "statistics",
            "table_files",
            "table_html",
            "table_word",
            "text_file",
            "units",
            "values",
            "web_page",
            "word_file",
        ),
    output:
        # not for `snakemake --report`: browsers drop an embedded page of over 2 MB, and links between two such pages
        html="results/report/report.html",
        docx="results/report/report.docx",
        anchors="results/report/parts/anchors.json",
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        protocol=config,
    message:
        "Report"
    script:
        "../../scripts/write_report.py"


rule fill_checklists:
    input:
        anchors="results/report/parts/anchors.json",
        checklists=[os.path.normpath(f"{HOUSE}/resources/checklists/{name}.yaml") for name in CHECKLISTS],
        library=library(
            "cells",
            "document",
            "document_html",
            "document_word",
            "estimates",
            "faults",
            "keys",
            "levels",
            "paper_table",
            "rounding",
            "sourced",
            "statistics",
            "table_html",
            "table_word",
            "values",
            "web_page",
            "word_file",
        ),
    output:
        html="results/report/checklists.html",
        docx="results/report/checklists.docx",
    log:
        "results/logs/fill_checklists.log",
    benchmark:
        "results/benchmarks/fill_checklists.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        title=lookup(dpath="study/title", within=config),
        notice=lookup(dpath="study/notice", within=config, default=""),
    message:
        "Reporting checklists, answered from the run"
    script:
        "../../scripts/fill_checklists.py"


RESULTS += [f"results/report/{name}.{kind}" for name in ("report", "checklists") for kind in ("html", "docx")]
