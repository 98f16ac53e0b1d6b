"""Hand-made patients for the response rules, in a short notation that a radiologist can read.

A patient is a dict of visits: day since treatment start -> lesions, separated by commas:
  T1 50/40          target T1: diameter 50 mm, viable part 40 mm (one number: both)
  T2@lymph_node 15  (~ for a blank) at another site than the liver; a node's number is its short axis
  T1 50/            viable part not measured
  T1 -              looked for, not evaluable
  O1 present        non-target with its status;  O2@lymph_node 12: a node by its size
  N1 8 present typical    new lesion: size, status, pattern;  cyto+ / cyto-: cytology
A word may be left out. The baseline is the visit on or before day 0.
"""

import pandas as pd

START = pd.Timestamp("2024-01-01")
ROLES = {"T": "target", "O": "non_target", "N": "new"}
STATUSES = {"absent", "present", "equivocal", "progression", "merged"}


def lesions_of(patients: dict[str, dict[int, str]], reader: str = "r1") -> pd.DataFrame:
    """Write the patients as a lesion table, one row a lesion and visit."""
    rows = [
        {"patient_id": patient, "visit_date": START + pd.Timedelta(days=day), "reader": reader, **lesion(text)}
        for patient, visits in patients.items()
        for day, lesions in visits.items()
        for text in lesions.split(",")
    ]
    return pd.DataFrame(rows).assign(row=range(2, len(rows) + 2))


def scans_of(rows) -> pd.DataFrame:
    """A patient's lesion table from (day, notation, visit, part_of), whose place is the row of its lesions."""
    scans = [
        {"patient_id": "p", "visit_date": START + pd.Timedelta(days=day), "reader": "r1", **lesion(found),
         "visit": visit, "part_of": part, "row": row}
        for row, (day, text, visit, part) in enumerate(rows, 2)
        for found in text.split(",")
    ]  # fmt: skip
    return pd.DataFrame(scans)


def lesion(text: str) -> dict:
    name, *words = text.split()
    identity, _, site = name.partition("@")
    row = {"lesion_id": identity, "site": site.replace("~", " ") or "liver", "role": ROLES[identity[0]]}
    row |= {"diameter_mm": None, "viable_mm": None, "status": "", "evaluable": True, "cytology": "", "pattern": ""}
    for word in words:
        if word == "-":
            row["evaluable"] = False
        elif word in STATUSES:
            row["status"] = word.replace("progression", "unequivocal_progression")
        elif word in ("typical", "atypical"):
            row["pattern"] = word
        elif word in ("cyto+", "cyto-"):
            row["cytology"] = {"+": "positive", "-": "negative"}[word[-1]]
        else:
            diameter, slash, viable = word.partition("/")
            row |= {"diameter_mm": float(diameter), "viable_mm": float(viable or ("nan" if slash else diameter))}
    return row


def starts_of(patients) -> pd.Series:
    return pd.Series(START, index=list(patients))


# name: (visits, overall of each later visit by RECIST, by mRECIST)
VISITS = {
    # progression from the nadir: 20% and 5 mm
    "exactly +20% and more than 5 mm": ({-7: "T1 100", 56: "T1 120"}, "PD", "PD"),
    "just under +20%": ({-7: "T1 100", 56: "T1 119.9"}, "SD", "SD"),
    "exactly +5 mm": ({-7: "T1 20", 56: "T1 25"}, "PD", "PD"),
    "just under 5 mm: no floor in mRECIST": ({-7: "T1 20", 56: "T1 24.9"}, "SD", "PD"),
    "more than 20%, under 5 mm": ({-7: "T1 10", 56: "T1 12"}, "SD", "PD"),
    "5 mm, under 20%": ({-7: "T1 50", 56: "T1 55"}, "SD", "SD"),
    "sums of tenths: 0.1 + 0.2 is 0.3": ({-7: "T1 10.1,T2 10.2", 56: "T1 12.12,T2 12.24"}, "SD", "PD"),
    "the nadir is an earlier visit": ({-7: "T1 100", 56: "T1 80", 112: "T1 96"}, "SD PD", "SD PD"),
    "the nadir is not a later visit": ({-7: "T1 100", 56: "T1 96", 112: "T1 80"}, "SD SD", "SD SD"),
    "progression beats partial response": ({-7: "T1 100", 56: "T1 40", 112: "T1 60"}, "PR PD", "PR PD"),
    "an incomplete sum is no nadir": (
        {-7: "T1 50,T2 50", 56: "T1 40,T2 -", 112: "T1 50,T2 50"}, "NE SD", "NE SD",
    ),
    # partial response from the baseline
    "exactly -30%": ({-7: "T1 50", 56: "T1 35"}, "PR", "PR"),
    "just under -30%": ({-7: "T1 50", 56: "T1 35.1"}, "SD", "SD"),
    "-30% of tenths": ({-7: "T1 10.1,T2 10.2,T3@lung 10.7", 56: "T1 7.07,T2 7.14,T3@lung 7.49"}, "PR", "PR"),
    "from baseline, not from nadir": ({-7: "T1 100", 56: "T1 80", 112: "T1 71"}, "SD SD", "SD SD"),
    # complete response, nodes and small lesions
    "gone": ({-7: "T1 50", 56: "T1 0"}, "CR", "CR"),
    "gone, by status": ({-7: "T1 50", 56: "T1 absent"}, "CR", "CR"),
    # complete response comes before progression: a normal node is not disease
    "a node grows within the normal range": (
        {-7: "T1@lymph_node 20", 56: "T1@lymph_node 3", 112: "T1@lymph_node 9"}, "CR CR", "CR CR",
    ),
    "a node grows out of the normal range": (
        {-7: "T1 30,T2@lymph_node 20", 56: "T1 20,T2@lymph_node 3", 112: "T1 20,T2@lymph_node 10"}, "PR PD", "PR PD",
    ),
    "a normal node grows beside a lesion that is there": (
        {-7: "T1 30,T2@lymph_node 20", 56: "T1 20,T2@lymph_node 3", 112: "T1 20,T2@lymph_node 9"}, "PR PR", "PR PR",
    ),
    "the lesion itself grows beside a normal node": (
        {-7: "T1 30,T2@lymph_node 20", 56: "T1 20,T2@lymph_node 3", 112: "T1 25,T2@lymph_node 9"}, "PR PD", "PR PD",
    ),
    "a normal node and nothing else from nadir 0": (
        {-7: "T1 30,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 0", 112: "T1 -,T2@lymph_node 8"}, "CR NE", "CR NE",
    ),
    # a lesion seen again after an overall complete response is progression, at any size
    "seen again at a size that would be PR": (
        {-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 112: "T1 1,T2@lymph_node 9"}, "CR PD", "CR PD",
    ),
    "seen again, too small to measure": (
        {-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 112: "T1 present,T2@lymph_node 6"},
        "CR PD", "CR PD",
    ),
    "a node is back from 10 mm on": (
        {-7: "T1@lymph_node 40", 56: "T1@lymph_node 9", 84: "T1@lymph_node 9.9", 112: "T1@lymph_node 10"},
        "CR CR PD", "CR CR PD",
    ),
    "a non-target is seen again": ({-7: "T1 50,O1 present", 56: "T1 0,O1 absent", 112: "T1 0,O1 present"},
        "CR PD", "CR PD"),
    "a non-target of a patient without targets is seen again": (
        {-7: "O1 present", 56: "O1 absent", 112: "O1 present"}, "CR PD", "CR PD",
    ),
    "an equivocal non-target is not yet seen again": (
        {-7: "T1 50,O1 present", 56: "T1 0,O1 absent", 112: "T1 0,O1 equivocal"}, "CR PR", "CR PR",
    ),
    "a non-target node of 9 mm is not seen again": (
        {-7: "T1 50,O1@lymph_node 12", 56: "T1 0,O1@lymph_node 8", 112: "T1 0,O1@lymph_node 9 present"},
        "CR CR", "CR CR",
    ),
    "a non-target node of 10 mm is": (
        {-7: "T1 50,O1@lymph_node 12", 56: "T1 0,O1@lymph_node 8", 112: "T1 0,O1@lymph_node 10"}, "CR PD", "CR PD",
    ),
    "seen again while another is not evaluable": (
        {-7: "T1 50,T2 50", 56: "T1 0,T2 0", 112: "T1 3,T2 -"}, "CR PD", "CR PD",
    ),
    "seen again after visits that were not evaluable": (
        {-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 84: "T1 -", 112: "T1 1,T2@lymph_node 9"},
        "CR NE PD", "CR NE PD",
    ),
    "still seen at the visit after": (
        {-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 112: "T1 1,T2@lymph_node 9",
         168: "T1 1,T2@lymph_node 9"},
        "CR PD PD", "CR PD PD",
    ),
    "gone and back while something else was there: by the sum": (
        {-7: "T1 80,T2@lung 20,T3@lymph_node 20", 56: "T1 0,T2@lung 20,T3@lymph_node 9",
         112: "T1 2,T2@lung 20,T3@lymph_node 9"},
        "PR PR", "PR PR",
    ),
    "target gone and back while a non-target persists: by the sum": (
        {-7: "T1 80,T2@lymph_node 20,O1 present", 56: "T1 0,T2@lymph_node 9,O1 present",
         112: "T1 2,T2@lymph_node 8,O1 present"},
        "PR PR", "PR PR",
    ),
    "complete by the viable part alone": (
        {-7: "T1 50/40,T2@lymph_node 20", 56: "T1 50/0,T2@lymph_node 9", 112: "T1 50/1,T2@lymph_node 9"},
        "SD SD", "CR PD",
    ),
    "ascites is back without cytology": (
        {-7: "T1 50,O1@ascites present", 56: "T1 0,O1@ascites absent", 112: "T1 0,O1@ascites present"},
        "CR PD", "CR PR",
    ),
    # new nodes
    "a new node of 9 mm is none": ({-7: "T1 50", 56: "T1 50,N1@lymph_node 9 present"}, "SD", "SD"),
    "a new node of 10 mm is one": ({-7: "T1 50", 56: "T1 50,N1@lymph_node 10 present"}, "PD", "PD"),
    "a new node without a size is one": ({-7: "T1 50", 56: "T1 50,N1@lymph_node present"}, "PD", "PD"),
    "a new node does not date back to when it was normal": (
        {-7: "T1 50", 56: "T1 50,N1@lymph_node 9 equivocal", 84: "T1 50,N1@lymph_node 12 present"}, "SD PD", "SD PD",
    ),
    "an equivocal new node of 10 mm dates back, once confirmed": (
        {-7: "T1 50", 56: "T1 50,N1@lymph_node 10 equivocal", 84: "T1 50,N1@lymph_node 12 present"}, "PD PD", "PD PD",
    ),
    "a new node becomes normal": (
        {-7: "T1 50", 56: "T1 50,N1@lymph_node 12 equivocal", 84: "T1 50,N1@lymph_node 9 equivocal",
         112: "T1 50,N1@lymph_node 12 present"},
        "SD SD PD", "SD SD PD",
    ),
    "a new porta hepatis node of 9 mm": ({-7: "T1 50", 56: "T1 50,N1@porta_hepatis_node 9 present"}, "SD", "SD"),
    "from nadir 0 any reappearance is progression": ({-7: "T1 50", 56: "T1 0", 112: "T1 1"}, "CR PD", "CR PD"),
    "node below 10 mm is normal": ({-7: "T1 50,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9.9"}, "CR", "CR"),
    "node of 10 mm is not": ({-7: "T1 50,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 10"}, "PR", "PR"),
    "a normal node stays in the sum": ({-7: "T1 20,T2@lymph_node 20", 56: "T1 20,T2@lymph_node 9"}, "SD", "SD"),
    "too small to measure is 5 mm": ({-7: "T1 10,T2 10", 56: "T1 10,T2 present"}, "SD", "SD"),
    "two too small to measure": ({-7: "T1 10,T2 10", 56: "T1 present,T2 present"}, "PR", "PR"),
    # viable tumour
    "no enhancement in a lesion of full size": ({-7: "T1 50/40", 56: "T1 50/0"}, "SD", "CR"),
    "viable part shrinks by 30%": ({-7: "T1 50/40", 56: "T1 48/28"}, "SD", "PR"),
    "viable part grows by 20%": ({-7: "T1 50/40", 56: "T1 50/48"}, "SD", "PD"),
    "viable part not measured": ({-7: "T1 50/40", 56: "T1 30/"}, "PR", "NE"),
    "a lesion of 0 mm has no viable part": ({-7: "T1 50/40", 56: "T1 0/"}, "CR", "CR"),
    "outside the liver the diameter counts": ({-7: "T1@lung 50/40", 56: "T1@lung 50/0"}, "SD", "SD"),
    "liver and lung add up": ({-7: "T1 60/40,T2@lung 60", 56: "T1 60/0,T2@lung 60"}, "SD", "PR"),
    # missing targets
    "target not evaluable": ({-7: "T1 50,T2 50", 56: "T1 -,T2 20"}, "NE", "NE"),
    "target without a row": ({-7: "T1 50,T2 50", 56: "T2 50"}, "NE", "NE"),
    "the rest proves progression": ({-7: "T1 50,T2 50", 56: "T1 -,T2 120"}, "PD", "PD"),
    "the rest does not quite prove it": ({-7: "T1 50,T2 50", 56: "T1 -,T2 119"}, "NE", "NE"),
    "not evaluable with a new lesion": ({-7: "T1 50", 56: "T1 -,N1@lung present"}, "PD", "PD"),
    # non-targets
    "non-target persists: CR becomes PR": ({-7: "T1 50,O1 present", 56: "T1 0,O1 present"}, "PR", "PR"),
    "non-target not evaluable: CR becomes PR": ({-7: "T1 50,O1 present", 56: "T1 0,O1 -"}, "PR", "PR"),
    "both gone": ({-7: "T1 50,O1 present", 56: "T1 0,O1 absent"}, "CR", "CR"),
    "PR with non-target not evaluated": ({-7: "T1 50,O1 present", 56: "T1 30"}, "PR", "PR"),
    "SD with non-target not evaluated": ({-7: "T1 50,O1 present", 56: "T1 50"}, "SD", "SD"),
    "SD with non-target gone": ({-7: "T1 50,O1 present", 56: "T1 50,O1 absent"}, "SD", "SD"),
    "non-target progresses": ({-7: "T1 50,O1 present", 56: "T1 0,O1 progression"}, "PD", "PD"),
    "equivocal growth of a non-target goes on": ({-7: "T1 50,O1 present", 56: "T1 50,O1 equivocal"}, "SD", "SD"),
    "only non-targets: gone": ({-7: "O1 present", 56: "O1 absent"}, "CR", "CR"),
    "only non-targets: persist": ({-7: "O1 present", 56: "O1 present"}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
    "only non-targets: one not evaluated": ({-7: "O1 present,O2 present", 56: "O1 present"}, "NE", "NE"),
    "only non-targets: progression": ({-7: "O1 present,O2 present", 56: "O1 progression"}, "PD", "PD"),
    "non-target node 9.9 mm": ({-7: "O1@lymph_node 12", 56: "O1@lymph_node 9.9 present"}, "CR", "CR"),
    "non-target node 10 mm": ({-7: "O1@lymph_node 12", 56: "O1@lymph_node 10"}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
    "portal vein thrombus as non-target": (
        {-7: "T1 50,O1@portal_vein present", 56: "T1 0,O1@portal_vein present", 84: "T1 0,O1@portal_vein progression"},
        "PR PD", "PR PD",
    ),
    # new lesions
    "new lesion": ({-7: "T1 50", 56: "T1 20,N1@lung present"}, "PD", "PD"),
    "equivocal, never confirmed": ({-7: "T1 50", 56: "T1 50,N1@lung equivocal", 112: "T1 50"}, "SD SD", "SD SD"),
    "equivocal, then gone": (
        {-7: "T1 50", 56: "T1 50,N1@lung equivocal", 112: "T1 50,N1@lung absent"}, "SD SD", "SD SD",
    ),
    "equivocal, confirmed: dated back": (
        {-7: "T1 50", 56: "T1 30,N1@lung equivocal", 84: "T1 30", 112: "T1 30,N1@lung present"},
        "PD PD PD", "PD PD PD",
    ),
    "new lesion, then gone": (
        {-7: "T1 50", 56: "T1 50,N1@lung present", 84: "T1 50,N1@lung absent"}, "PD SD", "PD SD",
    ),
    "gone in between: dated from its return": (
        {-7: "T1 50", 56: "T1 50,N1@lung equivocal", 84: "T1 50,N1@lung absent", 112: "T1 50,N1@lung present"},
        "SD SD PD", "SD SD PD",
    ),
    "new nodule below 10 mm": ({-7: "T1 50", 56: "T1 50,N1 9.9 present typical"}, "PD", "SD"),
    "new nodule of 10 mm, typical": ({-7: "T1 50", 56: "T1 50,N1 10 present typical"}, "PD", "PD"),
    "new nodule of 15 mm, atypical": ({-7: "T1 50", 56: "T1 50,N1 15 present atypical"}, "PD", "SD"),
    "nodule 8 mm, then 10 mm typical: dated back": (
        {-7: "T1 50", 56: "T1 50,N1 8 equivocal", 112: "T1 50,N1 10 equivocal typical"}, "SD SD", "PD PD",
    ),
    "nodule typical at 8 mm, pattern not restated": (
        {-7: "T1 50", 56: "T1 50,N1 8 equivocal typical", 112: "T1 50,N1 11 equivocal"}, "SD SD", "PD PD",
    ),
    "nodule grows by 10 mm: dated back": (
        {-7: "T1 50", 56: "T1 50,N1 8 equivocal", 84: "T1 50,N1 12 equivocal", 112: "T1 50,N1 18 equivocal atypical"},
        "SD SD SD", "PD PD PD",
    ),
    "nodule grows by less": (
        {-7: "T1 50", 56: "T1 50,N1 8 equivocal", 112: "T1 50,N1 17.9 equivocal atypical"}, "SD SD", "SD SD",
    ),
    "new ascites without cytology": ({-7: "T1 50", 56: "T1 50,N1@ascites present"}, "PD", "SD"),
    "new ascites, cytology negative": ({-7: "T1 50", 56: "T1 50,N1@ascites present cyto-"}, "PD", "SD"),
    "new ascites, positive at the second visit": (
        {-7: "T1 50", 56: "T1 50,N1@ascites present", 112: "T1 50,N1@ascites present cyto+"}, "PD PD", "SD PD",
    ),
    "more ascites without cytology": (
        {-7: "T1 50,O1@ascites present", 56: "T1 50,O1@ascites progression"}, "PD", "SD",
    ),
    "more ascites, cytology positive": (
        {-7: "T1 50,O1@ascites present", 56: "T1 50,O1@ascites progression cyto+"}, "PD", "PD",
    ),
    "new porta hepatis node of 19 mm": ({-7: "T1 50", 56: "T1 50,N1@porta_hepatis_node 19 present"}, "PD", "SD"),
    "new porta hepatis node of 20 mm": ({-7: "T1 50", 56: "T1 50,N1@porta_hepatis_node 20 present"}, "PD", "PD"),
    "new portal vein thrombus": ({-7: "T1 50", 56: "T1 50,N1@portal_vein present"}, "PD", "PD"),
    # mRECIST without a target in the liver is RECIST 1.1, its 5 mm and its new lesions included
    "no liver target: 5 mm floor": ({-7: "T1@lung 20", 56: "T1@lung 24.9"}, "SD", "SD"),
    "no liver target: 5 mm": ({-7: "T1@lung 20", 56: "T1@lung 25"}, "PD", "PD"),
    "no liver target: a new liver nodule of 8 mm": ({-7: "T1@lung 20", 56: "T1@lung 20,N1 8 present"}, "PD", "PD"),
    "no liver target: new ascites": ({-7: "T1@lung 20", 56: "T1@lung 20,N1@ascites present"}, "PD", "PD"),
    "only a liver non-target, new ascites": ({-7: "O1 present", 56: "O1 present,N1@ascites present"}, "PD", "PD"),
    # a target that is too small for mRECIST is a non-target for it
    "one of two viable parts too small": (
        {-7: "T1 50/40,T2 40/9.9", 56: "T1 50/28,T2 40/9"}, "SD", "PR",
    ),
    "it persists: no CR": ({-7: "T1 50/40,T2 40/9", 56: "T1 50/0,T2 40/9"}, "SD", "PR"),
    "it is gone: CR": ({-7: "T1 50/40,T2 40/9", 56: "T1 50/0,T2 absent"}, "PR", "CR"),
    "it grows: not in the sum": ({-7: "T1 50/40,T2 40/9", 56: "T1 50/40,T2 40/20"}, "SD", "SD"),
    "viable part of exactly 10 mm": ({-7: "T1 50/10", 56: "T1 50/0"}, "SD", "CR"),
    "the only target is too small for mRECIST": (
        {-7: "T1 50/9", 56: "T1 70/9"}, "PD", "NON-CR/NON-PD",
    ),
    "porta hepatis node of 19 mm: no target to mRECIST": (
        {-7: "T1 50,T2@porta_hepatis_node 19", 56: "T1 0,T2@porta_hepatis_node 12"}, "PR", "PR",
    ),
    "porta hepatis node of 19 mm becomes normal": (
        {-7: "T1 50,T2@porta_hepatis_node 19", 56: "T1 0,T2@porta_hepatis_node 9"}, "CR", "CR",
    ),
    "porta hepatis node of 19 mm grows": (
        {-7: "T1 20,T2@porta_hepatis_node 19", 56: "T1 20,T2@porta_hepatis_node 30"}, "PD", "SD",
    ),
    # the comparison of sites ignores case, spaces, underscores and hyphens
    "LYMPH NODE": ({-7: "T1@LYMPH~NODE 20", 56: "T1@Lymph-Node 9"}, "CR", "CR"),
    "Liver": ({-7: "T1@Liver~ 50/40", 56: "T1@LIVER 50/0"}, "SD", "CR"),
    "Porta hepatis node": ({-7: "T1 50", 56: "T1 50,N1@Porta~hepatis~node 19 present"}, "PD", "SD"),
    "an unknown site is an organ of its own": ({-7: "T1@spleen 50/40", 56: "T1@spleen 50/0"}, "SD", "SD"),
    # the baseline
    "the last visit up to the start is the baseline": (
        {-60: "T1 200,T2 40", 0: "T1 100", 56: "T1 70"}, "PR", "PR",
    ),
}  # fmt: skip

# name: (overall by day, settings, best response)
COURSES = {
    "nothing after baseline": ({}, {}, "NE"),
    "the best counts": ({56: "SD", 112: "PR", 168: "CR", 224: "PD"}, {}, "CR"),
    "PD comes before NE": ({28: "NE", 56: "PD"}, {}, "PD"),
    "nothing after progression counts": ({56: "SD", 112: "PD", 168: "CR"}, {}, "SD"),
    "progression first": ({56: "PD", 112: "PR"}, {}, "PD"),
    "NON-CR/NON-PD before PD": ({56: "NON-CR/NON-PD", 112: "PD"}, {}, "NON-CR/NON-PD"),
    "SD on the day of the window": ({42: "SD", 84: "PD"}, {}, "SD"),
    "early SD, then PD": ({41: "SD", 84: "PD"}, {}, "PD"),
    "early SD, then nothing": ({41: "SD"}, {}, "NE"),
    "early SD, then not evaluable": ({41: "SD", 84: "NE"}, {}, "NE"),
    "early SD, then late SD": ({41: "SD", 84: "SD", 120: "PD"}, {}, "SD"),
    "an early response counts": ({28: "PR", 56: "PD"}, {}, "PR"),
    "another window": ({28: "SD"}, {"sd_min_days": 28}, "SD"),
    "confirmed after 28 days": ({56: "PR", 84: "PR"}, {"confirm": True}, "PR"),
    "confirmed too soon": ({56: "PR", 83: "PR"}, {"confirm": True}, "SD"),
    "too soon, then in time": ({56: "PR", 70: "PR", 90: "PR"}, {"confirm": True}, "PR"),
    "one NE between": ({56: "PR", 84: "NE", 112: "PR"}, {"confirm": True}, "PR"),
    "two NE between": ({56: "PR", 84: "NE", 112: "NE", 140: "PR"}, {"confirm": True}, "SD"),
    "SD between": ({56: "PR", 84: "SD", 112: "PR"}, {"confirm": True}, "SD"),
    "CR confirmed by CR": ({56: "CR", 84: "CR"}, {"confirm": True}, "CR"),
    "CR, then PR": ({56: "CR", 84: "PR"}, {"confirm": True}, "SD"),
    "CR, then PR twice": ({56: "CR", 84: "PR", 112: "PR"}, {"confirm": True}, "PR"),
    "CR, then SD": ({56: "CR", 84: "SD", 112: "CR"}, {"confirm": True}, "SD"),
    "CR, NE, CR": ({56: "CR", 84: "NE", 112: "CR"}, {"confirm": True}, "CR"),
    "CR, NE, NE, CR": ({56: "CR", 84: "NE", 112: "NE", 140: "CR"}, {"confirm": True}, "SD"),
    "CR, too soon CR, then PD": ({56: "CR", 70: "CR", 84: "PD"}, {"confirm": True}, "SD"),
    "early CR, then PD": ({28: "CR", 84: "PD"}, {"confirm": True}, "PD"),
    "early CR, then nothing": ({28: "CR"}, {"confirm": True}, "NE"),
    "PR, then CR, then PD": ({56: "PR", 84: "CR", 112: "PD"}, {"confirm": True}, "PR"),
    "PR, then CR twice": ({56: "PR", 84: "CR", 112: "CR"}, {"confirm": True}, "CR"),
    "PR, one NE on either side of another PR": (
        {56: "PR", 63: "NE", 70: "PR", 77: "NE", 84: "PR"},
        {"confirm": True},
        "SD",
    ),
    "early NON-CR/NON-PD, then PD": ({41: "NON-CR/NON-PD", 84: "PD"}, {}, "PD"),
    "early NON-CR/NON-PD, then nothing": ({41: "NON-CR/NON-PD"}, {}, "NE"),
    "early NON-CR/NON-PD, then not evaluable": ({41: "NON-CR/NON-PD", 84: "NE"}, {}, "NE"),
    "NON-CR/NON-PD on the day of the window": ({42: "NON-CR/NON-PD", 84: "PD"}, {}, "NON-CR/NON-PD"),
    "PR, then CR": ({56: "PR", 84: "CR"}, {"confirm": True}, "PR"),
    "unconfirmed, then PD": ({56: "CR", 84: "PD"}, {"confirm": True}, "SD"),
    "unconfirmed and early, then PD": ({28: "PR", 84: "PD"}, {"confirm": True}, "PD"),
    "unconfirmed and early, nothing after": ({28: "PR"}, {"confirm": True}, "NE"),
    "confirmed, 14 days asked": ({28: "PR", 42: "PR"}, {"confirm": True, "confirm_days": 14}, "PR"),
    "no confirmation after progression": ({56: "PR", 70: "PD", 112: "PR"}, {"confirm": True}, "SD"),
}
