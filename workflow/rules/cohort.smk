# From raw tables to the enrolled patients. `update` keeps the earlier tables if the new ones are at fault.
TABLES = [table for table in ("patients", "lesions", "adverse_events") if table in config["data"]]


rule check_tables:
    message:
        "Reading and checking the raw tables"
    input:
        **{table: config["data"][table] for table in TABLES},
        library=library("faults", "variables"),
    output:
        **{table: update(f"results/data/{table}.parquet") for table in TABLES},
    log:
        "results/logs/check_tables.log",
    benchmark:
        "results/benchmarks/check_tables.tsv"
    params:
        data=lookup(dpath="data", within=config),
        arms=lookup(dpath="arms", within=config),
        variables=variables_of(config["variables"], without=PRINTED),
        endpoints=lookup(dpath="endpoints", within=config),
    conda:
        "../../envs/analysis.yaml"
    script:
        "../../scripts/check_tables.py"


rule apply_eligibility:
    message:
        "Inclusion and exclusion criteria, in order"
    input:
        patients="results/data/patients.parquet",
        library=library("criteria", "faults", "statistics", "variables"),
    output:
        screening=update("results/data/screening.parquet"),
        enrolled=update("results/data/enrolled.parquet"),
        statistics=update("results/statistics/attrition.csv"),
    log:
        "results/logs/apply_eligibility.log",
    benchmark:
        "results/benchmarks/apply_eligibility.tsv"
    params:
        eligibility=lookup(dpath="eligibility", within=config),
        arms=lookup(dpath="arms", within=config),
        variables=variables_of(config["variables"], without=PRINTED),
    conda:
        "../../envs/analysis.yaml"
    script:
        "../../scripts/apply_eligibility.py"
