# Univariable and multivariable Cox regression. `matched_for` stands in common.smk.
if "prognosis" in config:

    rule fit_prognosis:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled="results/data/enrolled.parquet",
            matched=matched_for(config["prognosis"]),
            library=library("prognosis/fit_prognosis"),
        output:
            statistics="results/statistics/prognosis.csv",
        log:
            "results/logs/fit_prognosis.log",
        benchmark:
            "results/benchmarks/fit_prognosis.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            prognosis=lookup(dpath="prognosis", within=config),
            variables=variables_of(config["prognosis"]["variables"], without={"label"}),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Prognostic factors: univariable and multivariable Cox"
        script:
            "../../scripts/prognosis/fit_prognosis.py"

    rule draw_prognosis:
        input:
            statistics=shown("prognosis"),
            library=library("prognosis/draw_prognosis"),
        output:
            svg=report(
                "results/figures/prognosis.svg",
                caption="../report/prognosis.rst",
                category="Prognosis",
                labels={"Result": "Forest plot of both Cox models"},
            ),
            png="results/figures/prognosis.png",
            pdf="results/figures/prognosis.pdf",
        log:
            "results/logs/draw_prognosis.log",
        benchmark:
            "results/benchmarks/draw_prognosis.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            population="matched" if matched_for(config["prognosis"]) else "enrolled",
            variables={
                name: {key: value for key, value in variable.items() if key in ("label", "unit", "per")}
                for name, variable in variables_of(config["prognosis"]["variables"]).items()
            },
            endpoint=config["endpoints"][config["prognosis"]["endpoint"]]["label"],
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: prognostic factors"
        script:
            "../../scripts/prognosis/draw_prognosis.py"

    RESULTS += ["results/figures/prognosis.svg"]

    rule tabulate_prognosis:
        input:
            statistics=shown("prognosis"),
            library=library("prognosis/tabulate_prognosis"),
        output:
            html=report(
                "results/tables/prognosis.html",
                caption="../report/prognosis_table.rst",
                category="Prognosis",
                labels={"Result": "Table: both Cox models"},
            ),
            docx="results/tables/prognosis.docx",
            csv="results/tables/prognosis.csv",
            json="results/report/parts/prognosis.json",
        log:
            "results/logs/tabulate_prognosis.log",
        benchmark:
            "results/benchmarks/tabulate_prognosis.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            abbreviations=lookup(dpath="study/abbreviations", within=config, default={}),
            variables={
                name: {key: value for key, value in variable.items() if key in ("label", "unit", "per")}
                for name, variable in variables_of(config["prognosis"]["variables"]).items()
            },
            endpoint=config["endpoints"][config["prognosis"]["endpoint"]]["label"],
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: prognostic factors"
        script:
            "../../scripts/prognosis/tabulate_prognosis.py"

    RESULTS += ["results/tables/prognosis.html"]
