# Tumour response by each criterion, from the lesions or ready-made; comparison of arms and of criteria.
if READY_MADE:

    rule read_responses:
        input:
            enrolled="results/data/enrolled.parquet",
        output:
            response="results/data/response.parquet",
            statistics="results/statistics/reading.csv",
        params:
            criteria={name: unlabelled(part) for name, part in config["response"]["criteria"].items()},
        message:
            "Best response of each patient by each criterion"
        script:
            "../../scripts/response/read_responses.py"


if RESPONSE and not READY_MADE:

    rule evaluate_response:
        input:
            lesions="results/data/lesions.parquet",
            enrolled="results/data/enrolled.parquet",
        output:
            visits="results/data/visits.parquet",
            response="results/data/response.parquet",
            statistics="results/statistics/reading.csv",
        params:
            response={key: value for key, value in config["response"].items() if key not in ("test", "auto")},
            progressions={
                name: [
                    event.removeprefix("progression:")
                    for event in endpoint.get("events", [])
                    if event.startswith("progression:")
                ]
                for name, endpoint in config["endpoints"].items()
            },
            file=name_of(config["data"].get("lesions", "lesions.csv")),
        message:
            "Response of each visit and patient by each criterion"
        script:
            "../../scripts/response/evaluate_response.py"


if RESPONSE:

    rule compare_response:
        input:
            response="results/data/response.parquet",
            populations=PATIENTS,
        output:
            statistics="results/statistics/response.csv",
        params:
            populations=MEMBERS,
            criteria=list(CRITERIA),
            arms=ARMS,
            test=lookup(dpath="response/test", within=config, default="auto"),
            thresholds=lookup(dpath="response/auto", within=config, default={}),
        message:
            "Best response and response rates by arm"
        script:
            "../../scripts/response/compare_response.py"


if len(CRITERIA) > 1:

    rule compare_criteria:
        input:
            response="results/data/response.parquet",
            populations=PATIENTS,
        output:
            statistics="results/statistics/discordance.csv",
        params:
            populations=MEMBERS,
            criteria=list(CRITERIA),
            arms=ARMS,
        message:
            "Best response by one criterion and by the other"
        script:
            "../../scripts/response/compare_criteria.py"


if RESPONSE:

    rule tabulate_response:
        input:
            statistics=shown("response"),
        output:
            **table("response_{criterion}", category="Response", title="Table: response by {criterion}"),
        wildcard_constraints:
            criterion="|".join(CRITERIA),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations=POPULATIONS,
            arms=lookup(dpath="arms", within=config),
            label=lambda wildcards: CRITERIA[wildcards.criterion],
        message:
            "Table: response by {CRITERION_LABELS:{wildcards.criterion}u}"
        script:
            "../../scripts/response/tabulate_response.py"

    RESULTS += expand("results/tables/response_{criterion}.html", criterion=CRITERIA)


if RESPONSE and not READY_MADE:

    rule draw_waterfall:
        input:
            response="results/data/response.parquet",
            patients=MAIN.patients,
        output:
            **figure("waterfall_{criterion}", category="Response", title="Best change by {criterion}"),
        wildcard_constraints:
            criterion="|".join(CRITERIA),
        params:
            watermark=WATERMARK,
            arms=lookup(dpath="arms", within=config),
            threshold={key: value for key, value in config["response"].items() if key == "pr_ratio"},
            population=MAIN,
        message:
            "Figure: best change by {CRITERION_LABELS:{wildcards.criterion}u}"
        script:
            "../../scripts/response/draw_waterfall.py"

    rule draw_swimmer:
        input:
            visits="results/data/visits.parquet",
            endpoints="results/data/endpoints.parquet",
            enrolled="results/data/enrolled.parquet",
            patients=MAIN.patients,
        output:
            **figure("swimmer_{criterion}", category="Response", title="Course of each patient by {criterion}"),
        wildcard_constraints:
            criterion="|".join(CRITERIA),
        params:
            watermark=WATERMARK,
            population=MAIN,
            arms=lookup(dpath="arms", within=config),
            unit=lookup(dpath="study/time_unit", within=config),
            start=lookup(dpath="response/start", within=config),
            endpoints={
                name: {"label": endpoint["label"], "events": events_of(endpoint)}
                for name, endpoint in config["endpoints"].items()
            },
            events={
                event: {key: config["variables"][event].get(key) for key in ("label", "ends_observation")}
                for endpoint in config["endpoints"].values()
                for event in events_of(endpoint)
                if event in config["variables"]
            },
        message:
            "Figure: course of each patient by {CRITERION_LABELS:{wildcards.criterion}u}"
        script:
            "../../scripts/response/draw_swimmer.py"

    rule draw_spider:
        input:
            visits="results/data/visits.parquet",
            response="results/data/response.parquet",
            enrolled="results/data/enrolled.parquet",
            patients=MAIN.patients,
        output:
            **figure("spider_{criterion}", category="Response", title="Change over time by {criterion}"),
        wildcard_constraints:
            criterion="|".join(CRITERIA),
        params:
            watermark=WATERMARK,
            arms=lookup(dpath="arms", within=config),
            threshold={key: value for key, value in config["response"].items() if key == "pr_ratio"},
            population=MAIN,
            unit=lookup(dpath="study/time_unit", within=config),
            new_therapy=lookup(dpath="response/new_therapy", within=config, default=""),
        message:
            "Figure: change over time by {CRITERION_LABELS:{wildcards.criterion}u}"
        script:
            "../../scripts/response/draw_spider.py"

    if INDIVIDUAL:  # each bar or line is a patient
        RESULTS += expand(
            [
                f"results/figures/{name}_{{criterion}}.svg"
                for name in ["waterfall", "spider"] + ["swimmer"] * bool(ENDPOINTS)
            ],
            criterion=CRITERIA,
        )


if len(CRITERIA) > 1:

    rule draw_discordance:
        input:
            statistics=shown("discordance"),
        output:
            **figure("discordance", category="Response", title="One criterion against the other"),
        params:
            watermark=WATERMARK,
            criteria=CRITERIA,
            population=MAIN,
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: best response by one criterion and by the other"
        script:
            "../../scripts/response/draw_discordance.py"

    RESULTS += ["results/figures/discordance.svg"]
