# Adverse events, each patient at the worst grade.
if "safety" in config:

    rule summarise_safety:
        input:
            adverse_events="results/data/adverse_events.parquet",
            populations=PATIENTS,
        output:
            statistics="results/statistics/safety.csv",
        params:
            populations=MEMBERS,
            safety={
                key: part
                for key, part in config["safety"].items()
                if key not in ("labels", "population", "difference")
            },
            arms=ARMS,
        message:
            "Adverse events by arm and grade"
        script:
            "../../scripts/safety/summarise_safety.py"

    rule tabulate_safety:
        input:
            statistics=shown("safety"),
        output:
            **table("safety", category="Safety", title="Table: adverse events"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            population=population_of(config["safety"], POPULATIONS),
            safety=lookup(dpath="safety", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: adverse events"
        script:
            "../../scripts/safety/tabulate_safety.py"

    rule draw_safety:
        input:
            statistics=shown("safety"),
        output:
            **figure("safety", category="Safety", title="Adverse events by arm"),
        params:
            watermark=WATERMARK,
            population=population_of(config["safety"], POPULATIONS),
            safety=lookup(dpath="safety", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: adverse events"
        script:
            "../../scripts/safety/draw_safety.py"

    RESULTS += ["results/tables/safety.html", "results/figures/safety.svg"]
