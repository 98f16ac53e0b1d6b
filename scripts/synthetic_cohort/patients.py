"""From coded covariates to the raw columns that a hospital would provide."""

import numpy as np
from covariates import NAMES

YES_NO = ("no", "yes")


def raw_covariates(coded: np.ndarray, rng) -> dict:
    """Raw baseline values of one patient; coded: age and the flags of FLAGS, in the order of NAMES."""
    flag = dict(zip(NAMES, coded.astype(int), strict=True))
    patient = {
        "age": flag["age"],
        "sex": "male" if flag["sex"] else "female",
        "hepatitis": ("HBV" if rng.random() < 0.9 else "HCV") if flag["hepatitis"] else "none",
        "ecog": 2 if flag["ecog"] else int(rng.random() < 0.6),
        "bclc": "C" if flag["bclc"] else "B",
        "child_pugh_score": (7 + int(rng.choice(3, p=[0.55, 0.3, 0.15])))
        if flag["child_pugh"]
        else 5 + int(rng.integers(2)),
        "afp_ng_ml": alpha_fetoprotein(bool(flag["afp"]), rng),
        "prior_targeted_lines": (2 + int(rng.random() < 0.2)) if flag["line"] else 1,
        "regorafenib_mg": (120 if rng.random() < 0.65 else 160) if flag["dose"] else 80,
    }
    patient |= {
        name: YES_NO[flag[name]] for name in ("cirrhosis", "pvtt", "metastases", "prior_tace", "prior_curative")
    }
    return patient | tumours(bool(flag["tumour_number"]), bool(flag["tumour_diameter"]), rng) | screening_passed(rng)


def alpha_fetoprotein(high: bool, rng) -> float:
    """AFP in ng/ml: log-uniform below 400, a long tail from 400 on."""
    if high:
        return round(400 + 900 * float(rng.standard_exponential()) * float(np.exp(rng.standard_normal())), 1)
    return round(float(np.exp(rng.uniform(np.log(2), np.log(390)))), 1)


def tumours(many: bool, large: bool, rng) -> dict:
    """Number of intrahepatic tumours (up to 3, or more) and the sum of their diameters (up to 10 cm, or more)."""
    count = 4 + int(min(rng.standard_exponential() * 2.5, 11)) if many else 1 + int(rng.choice(3, p=[0.35, 0.3, 0.35]))
    least_mm = 10 * count + 20
    if large:
        total_mm = int(np.clip(105 + rng.standard_exponential() * 35, max(105, least_mm + 10), 260))
    else:
        count = min(count, 6)
        total_mm = int(rng.integers(10 * count + 20, 99))
    return {"intrahepatic_tumours": count, "tumour_diameter_sum_cm": total_mm / 10}


def screening_passed(rng) -> dict:
    """The columns of screening, as every enrolled patient has them."""
    return {
        "hcc_diagnosis": "pathology" if rng.random() < 0.45 else "imaging",
        "progressed_on_targeted": "yes",
        "measurable_lesion": "yes",
        "prior_immunotherapy": "no",
        "records_complete": "yes",
        "other_malignancy": "no",
        "severe_comorbidity": "no",
        "other_local_therapy": "none",
    }
