"""A simple reading of one patient's lesions, with which the generator accepts or rejects its draws.

It knows only what this cohort contains (see README), and calls a reading safe if no sum is close to a threshold. The
workflow's response engine is separate code, and so is the R verifier.
"""

PROGRESSION, RESPONSE, NEAR = 0.20, 0.30, 0.02
FLOOR_MM = {"mrecist": 0, "recist": 5}
NODE_NORMAL_MM = 10


def size(row: dict, criterion: str) -> float:
    """The size of a target by the criterion: the viable diameter of a liver lesion by mRECIST, else the diameter."""
    viable = criterion == "mrecist" and row["site"] == "liver"
    return row["viable_mm"] if viable else row["diameter_mm"]


def judge_targets(sizes: list[float], nodes: list[bool], baseline: float, nadir: float, floor: float):
    """Target response (CR, PR, SD or PD), and whether the sum is not close to any threshold."""
    total = sum(sizes)
    growth = total - nadir
    safe = abs(total - (1 - RESPONSE) * baseline) > NEAR * baseline
    if nadir > 0:
        safe &= abs(growth - PROGRESSION * nadir) > NEAR * nadir and (floor == 0 or abs(growth - floor) >= 1)
    if growth > 0 and growth >= PROGRESSION * nadir and growth >= floor:
        return "PD", safe
    if all(s < NODE_NORMAL_MM if node else s == 0 for s, node in zip(sizes, nodes, strict=True)):
        return "CR", safe
    return ("PR" if total <= (1 - RESPONSE) * baseline else "SD"), safe


def read(visits: list[tuple[int, list[dict]]], criterion: str) -> tuple[list[tuple[int, str]], bool]:
    """Overall response at each visit after the first (the baseline), and whether all are safe.

    visits: (day, rows of that visit), in order of time.
    """
    first = [row for row in visits[0][1] if row["role"] == "target"]
    baseline = nadir = sum(size(row, criterion) for row in first)
    nodes = [row["site"] == "lymph_node" for row in first]
    proven = {
        row["lesion_id"] for _, rows in visits for row in rows if row["role"] == "new" and row["status"] == "present"
    }
    verdicts, all_safe = [], True
    for day, rows in visits[1:]:
        targets = [row for row in rows if row["role"] == "target"]
        statuses = [row["status"] for row in rows if row["role"] == "non_target"]
        new = any(row["lesion_id"] in proven and row["status"] != "absent" for row in rows if row["role"] == "new")
        if all(row["evaluable"] == "yes" for row in targets):
            sizes = [size(row, criterion) for row in targets]
            response, safe = judge_targets(sizes, nodes, baseline, nadir, FLOOR_MM[criterion])
            nadir = min(nadir, sum(sizes))
            all_safe &= safe
        else:
            response = "NE"
        if new or "unequivocal_progression" in statuses or response == "PD":
            response = "PD"
        elif response == "CR" and any(status != "absent" for status in statuses):
            response = "PR"
        verdicts.append((day, response))
    return verdicts, all_safe


def best_response(verdicts: list[tuple[int, str]], sd_min_days: int) -> tuple[str, int | None]:
    """Best response up to the first progression (stable disease from sd_min_days on), and the day of progression."""
    progression = next((day for day, response in verdicts if response == "PD"), None)
    counted = [
        response
        for day, response in verdicts
        if (progression is None or day <= progression) and (response != "SD" or day >= sd_min_days)
    ]
    order = ("CR", "PR", "SD", "PD", "NE")
    return min(counted, key=order.index, default="NE"), progression
