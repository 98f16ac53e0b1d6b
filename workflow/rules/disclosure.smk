# Masks small numbers of patients in all output for readers; results/statistics stays exact. See `shown` in results.smk.
if DISCLOSURE:

    CURVES = ["curves"] * bool(ENDPOINTS) + [f"subgroup_{subgroup}_curves" for subgroup in SUBGROUPS]

    rule mask_small_cells:
        input:
            # all at once, because a count of one analysis may follow from counts of others
            statistics=ANALYSES,
            curves=expand("results/data/{name}.parquet", name=CURVES),
        output:
            statistics=[shown(Path(path).stem) for path in ANALYSES],
            curves=[shown_curves(name) for name in CURVES],
        params:
            disclosure=lookup(dpath="disclosure", within=config),
            study={
                "arms": ARMS,
                "populations": MEMBERS,
                "grades": lookup(dpath="safety/grades", within=config, default={}),
                "outcomes": {name: model.settings["endpoint"] for name, model in MODELS.items()},
                "endpoints": ENDPOINTS,
                "subgroups": {
                    name: {
                        "variable": part.settings["variable"],
                        "levels": printed_levels(config["variables"][part.settings["variable"]]),
                    }
                    for name, part in SUBGROUPS.items()
                },
                "criteria": list(CRITERIA),
                "balance": (
                    {
                        "limits": config["balance"],
                        "variables": variables_of(assessed(config), without=PRINTED - {"timing"}),
                    }
                    if PROPENSITY
                    else {}
                ),
                "adjusted": {name: design["adjust"] for name, design in ADJUSTED.items()},
            },
        message:
            "Masking small numbers of patients"
        script:
            "../../scripts/disclosure/mask_small_cells.py"
