# From the raw tables to the enrolled patients.
from twoarm.config.sources import files_of, name_of, tables_of

TABLES = tables_of(config["data"])
FILES = {table: path for table, path in TABLES.items() if path}  # others are in a database
# The content of the tables counts, not their date: an older file may replace a newer one. Rules of another workflow may
# still have to make the files of a module, so there the date counts.
CONTENTS = {table: checksum(config["data"][table]) for table in TABLES if not AS_MODULE or table not in FILES}
PATIENTS_FILE = name_of(config["data"]["patients"])


rule check_tables:
    input:
        **FILES,
    output:
        **{table: f"results/data/{table}.parquet" for table in TABLES},
    params:
        data=lookup(dpath="data", within=config),
        contents=CONTENTS,
        arms=config["arms"] | {role: unlabelled(config["arms"][role]) for role in ARMS},
        variables=variables_of(config["variables"], without=PRINTED),
        endpoints=ENDPOINTS,
    message:
        "Reading and checking the raw tables"
    script:
        "../../scripts/cohort/check_tables.py"


rule apply_eligibility:
    input:
        patients="results/data/patients.parquet",
    output:
        screening="results/data/screening.parquet",
        enrolled="results/data/enrolled.parquet",
        statistics="results/statistics/attrition.csv",
    params:
        eligibility=ELIGIBILITY,
        arms=ARMS,
        file=PATIENTS_FILE,
        variables=variables_of(config["variables"], without=PRINTED),
    message:
        "Applying the inclusion and exclusion criteria"
    script:
        "../../scripts/cohort/apply_eligibility.py"


rule draw_flowchart:
    input:
        statistics=[shown("attrition")] + [shown("matching")] * MATCHED + [shown("weights")] * bool(WEIGHTED),
        missing=[shown("missing")] * bool(IMPUTED),
    output:
        **figure("flowchart", category="Patients", title="Flow of patients"),
    params:
        watermark=WATERMARK,
        eligibility=lookup(dpath="eligibility", within=config),
        arms=lookup(dpath="arms", within=config),
        matching=MATCHING | {"calipers": caliper_texts(config)} if MATCHED else None,
        labels={name: config["variables"][name]["label"] for name in matched_by(MATCHING)} if MATCHED else {},
        weighted={population.name: population.label for population in POPULATIONS if population.name in WEIGHTED},
        populations=POPULATIONS,
        imputed={name: config["variables"][name]["label"] for name, done in MISSING.items() if done == FILLED},
    message:
        "Figure: flow of patients"
    script:
        "../../scripts/cohort/draw_flowchart.py"


RESULTS += ["results/figures/flowchart.svg"]

if any(ELIGIBILITY.values()):

    rule tabulate_attrition:
        input:
            statistics=shown("attrition"),
        output:
            **table("attrition", category="Patients", title="Table: exclusions by arm"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            eligibility=lookup(dpath="eligibility", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: exclusions by arm"
        script:
            "../../scripts/cohort/tabulate_attrition.py"

    RESULTS += ["results/tables/attrition.html"]
