# Propensity score, matching, balance, and the baseline table before and after matching or weighting.
if PROPENSITY:

    rule fit_propensity:
        input:
            enrolled=COMPLETED,
        output:
            propensity="results/data/propensity.parquet",
            statistics="results/statistics/propensity.csv",
        params:
            covariates=lookup(dpath="propensity/covariates", within=config),
            arms=ARMS,
        message:
            "Propensity score: logistic regression of the arm on the covariates"
        script:
            "../../scripts/matching/fit_propensity.py"


if MATCHED:

    rule match_patients:
        input:
            propensity="results/data/propensity.parquet",
            enrolled=COMPLETED,
        output:
            matched="results/data/matched.parquet",
            statistics="results/statistics/matching.csv",
        params:
            matching=MATCHING,
            arms=ARMS,
        message:
            "Matching on the propensity score"
        script:
            "../../scripts/matching/match_patients.py"


if PROPENSITY:

    rule assess_balance:
        input:
            enrolled=COMPLETED,
            propensity="results/data/propensity.parquet",
            populations=PATIENTS,
        output:
            statistics="results/statistics/balance.csv",
        params:
            populations=MEMBERS,
            variables=variables_of(assessed(config), without=PRINTED - {"timing"}),
            limits=lookup(dpath="balance", within=config),
            arms=ARMS,
        message:
            "Balance of the arms in each population"
        script:
            "../../scripts/matching/assess_balance.py"


if "baseline" in config:

    rule describe_baseline:
        input:
            enrolled=COMPLETED,
            populations=PATIENTS,
        output:
            statistics="results/statistics/baseline.csv",
        params:
            populations=MEMBERS,
            baseline={key: value for key, value in config["baseline"].items() if key not in ("skewed", "binary")},
            arms=ARMS,
        message:
            "Baseline characteristics by arm"
        script:
            "../../scripts/baseline/describe_baseline.py"


if PROPENSITY:

    rule draw_love_plot:
        input:
            statistics=shown("balance"),
        output:
            **figure("love_plot", category="Matching", title="Balance of the arms"),
        params:
            watermark=WATERMARK,
            populations=POPULATIONS,
            labels={name: config["variables"][name]["label"] for name in judged(variables_of(assessed(config)))},
            limits=lookup(dpath="balance", within=config),
        message:
            "Figure: balance of the arms"
        script:
            "../../scripts/matching/draw_love_plot.py"

    rule draw_score_overlap:
        input:
            propensity="results/data/propensity.parquet",
            statistics=shown("propensity"),
            populations=PATIENTS,
        output:
            **figure("score_overlap", category="Matching", title="Overlap of the propensity scores"),
        params:
            watermark=WATERMARK,
            populations=POPULATIONS,
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: overlap of the propensity scores"
        script:
            "../../scripts/matching/draw_score_overlap.py"

    RESULTS += ["results/figures/love_plot.svg"]
    # Most bins in the tails of the histogram have few patients, and hiding a bin would not hide its number.
    RESULTS += ["results/figures/score_overlap.svg"] * INDIVIDUAL


if "baseline" in config:

    rule tabulate_baseline:
        input:
            statistics=[shown("baseline")] + ([shown("balance")] if PROPENSITY else []),
            cut_points=[shown("attrition")] * SPLIT,
        output:
            **table("baseline", category="Patients", title="Table: baseline characteristics"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations=POPULATIONS,
            variables=variables_of(config["baseline"]["variables"]),
            skewed=lookup(dpath="baseline/skewed", within=config, default="mean_sd"),
            binary=lookup(dpath="baseline/binary", within=config, default="levels"),
            limits=config["balance"] if PROPENSITY else None,
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: baseline characteristics"
        script:
            "../../scripts/baseline/tabulate_baseline.py"

    RESULTS += ["results/tables/baseline.html"]
