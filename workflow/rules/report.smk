# The report, from everything that the other stages made.
# Its sections, and the scripts whose assumptions it lists.
SECTIONS = sorted(Path(f"{HOUSE}/scripts/report").glob("*.py"))
SCRIPTS = sorted([*Path(f"{HOUSE}/scripts").glob("*.py"), *Path(f"{HOUSE}/scripts/twoarm").glob("*.py")])


rule write_report:
    input:
        statistics=[shown(Path(path).stem) for path in ANALYSES],
        tables=[f"results/report/parts/{Path(path).stem}.json" for path in made("results/tables", ".html")],
        figures=made("results/figures", ".svg"),
        other_formats=twins(),
        raw=[path for path in RESULTS if path.endswith(("/reproduction.csv", "/audit.csv")) and "/statistics/" in path],
        data=[config["data"][table] for table in TABLES] + [config["published"]] * ("published" in config),
        scripts=[str(path) for path in SCRIPTS],
        sections=[str(path) for path in SECTIONS],
        project=os.path.normpath(f"{HOUSE}/pyproject.toml"),
        library=library(
            "cells",
            "criteria",
            "document",
            "document_html",
            "document_word",
            "estimates",
            "faults",
            "levels",
            "paper_table",
            "published",
            "rounding",
            "sourced",
            "statistics",
            "table_files",
            "table_html",
            "table_word",
            "values",
            "web_page",
            "word_file",
        ),
    output:
        html=report("results/report/report.html", category="Report"),
        docx="results/report/report.docx",
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


RESULTS += ["results/report/report.html", "results/report/report.docx"]
