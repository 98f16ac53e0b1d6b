# Yes/no outcomes in each population.
if OUTCOMES:

    rule compare_outcomes:
        input:
            enrolled="results/data/enrolled.parquet",
            populations=PATIENTS,
        output:
            statistics="results/statistics/outcomes.csv",
        params:
            populations=MEMBERS,
            outcomes={
                name: unlabelled(outcome) | {"values": event_values(outcome, config["variables"], config["data"])}
                for name, outcome in OUTCOMES.items()
            },
            arms=ARMS,
        message:
            "Yes/no outcomes by arm"
        script:
            "../../scripts/outcomes/compare_outcomes.py"

    rule tabulate_outcomes:
        input:
            statistics=shown("outcomes"),
        output:
            **table("outcomes", category="Outcomes", title="Table: yes/no outcomes"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations=POPULATIONS,
            labels={name: outcome["label"] for name, outcome in OUTCOMES.items()},
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: yes/no outcomes"
        script:
            "../../scripts/outcomes/tabulate_outcomes.py"

    RESULTS += ["results/tables/outcomes.html"]
