# Univariable and multivariable Cox regression. `matched_for` stands in subgroups.smk.
if "prognosis" in config:

    rule fit_prognosis:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled="results/data/enrolled.parquet",
            matched=matched_for(config["prognosis"]),
            library=library("cox", "efron", "faults", "statistics", "survival"),
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
            variables=variables_of(config["prognosis"]["variables"], without={"label", "timing"}),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Prognostic factors: univariable and multivariable Cox"
        script:
            "../../scripts/fit_prognosis.py"
