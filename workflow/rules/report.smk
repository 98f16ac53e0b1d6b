# The report, from the results of all other stages.
# The scripts of this study and their shared modules, whose assumptions the report lists.
OWN = sorted(file for _, file in own_rules())
SCRIPTS = code(sorted({*OWN, *(module for script in OWN for module in modules_of(script))}))
CHECKLISTS = ["strobe", "target", "propensity"]


# What the report and the manuscript are written from.
FINISHED = dict(
    statistics=[shown(Path(path).stem) for path in ANALYSES],
    tables=[
        f"results/report/parts/{Path(path).stem}.json"
        for path in made("results/tables", ".html")
        if Path(path).stem != "audit"
    ],
    figures=made("results/figures", ".svg"),
    other_formats=other_formats(),
    references=os.path.normpath(f"{REPO}/resources/references.yaml"),
)


rule write_report:
    input:
        **FINISHED,
        curves=["results/data/traced_curves.json"] * bool(ENDPOINTS and INDIVIDUAL),
        data=list(files_of(config).values()),
        scripts=SCRIPTS,
        project=os.path.normpath(f"{REPO}/pyproject.toml"),
    output:
        # not for `snakemake --report`: browsers drop embedded pages over 2 MB, and links between two such pages
        html="results/report/report.html",
        docx="results/report/report.docx",
        anchors="results/report/parts/anchors.json",
    params:
        protocol=config,
    message:
        "Report"
    script:
        "../../scripts/report/write_report.py"


if "manuscript" in config:

    rule write_manuscript:
        input:
            **FINISHED,
            template=[config["manuscript"]["template"]] if "template" in config["manuscript"] else [],
        output:
            "results/manuscript.docx",
        params:
            protocol=config,
        message:
            "Manuscript"
        script:
            "../../scripts/report/write_manuscript.py"

    RESULTS.append("results/manuscript.docx")


if "published" in config:

    rule write_reproduction:
        input:
            scorecard="results/statistics/reproduction.csv",
            audit="results/statistics/audit.csv",
            table="results/report/parts/audit.json",
            other_formats=[path for path in other_formats() if Path(path).stem == "audit"],
        output:
            html="results/report/reproduction.html",
            docx="results/report/reproduction.docx",
        params:
            protocol=config,
        message:
            "Comparison with the printed values"
        script:
            "../../scripts/report/write_reproduction.py"

    RESULTS += [f"results/report/reproduction.{kind}" for kind in ("html", "docx")]


rule fill_checklists:
    input:
        anchors="results/report/parts/anchors.json",
        checklists=[os.path.normpath(f"{REPO}/resources/checklists/{name}.yaml") for name in CHECKLISTS],
    output:
        html="results/report/checklists.html",
        docx="results/report/checklists.docx",
    params:
        ways=ways_of(config),
        title=lookup(dpath="study/title", within=config),
        notice=lookup(dpath="study/notice", within=config, default=""),
    message:
        "Reporting checklists"
    script:
        "../../scripts/report/fill_checklists.py"


RESULTS += [f"results/report/{name}.{kind}" for name in ("report", "checklists") for kind in ("html", "docx")]
