# Weights from the propensity score, for each design that weights patients.
if WEIGHTED:

    rule weight_patients:
        input:
            propensity="results/data/propensity.parquet",
        output:
            patients=[population.patients for population in POPULATIONS if population.name in WEIGHTED],
            statistics="results/statistics/weights.csv",
        params:
            designs={name: unlabelled(design) for name, design in WEIGHTED.items()},
            arms=ARMS,
        message:
            "Weights from the propensity score"
        script:
            "../../scripts/weighting/weight_patients.py"
