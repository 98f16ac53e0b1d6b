"""The tumour response rules once more, from the text: one patient and one visit after another, plain and slow.

Not derived from scripts/twoarm/response, to be compared with it; where Eisenhauer 2009 and Lencioni & Llovet 2010
leave a choice, docs/response.md makes it. A row is a dict of the lesion table's columns for one patient and reader,
with `date` as a day number; lengths are Fractions, so that no boundary is rounded.
"""

from fractions import Fraction

NODES = ["lymph_node", "porta_hepatis_node"]
EFFUSIONS = ["ascites", "pleural_effusion", "pericardial_effusion"]
ORDER = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]
GONE = ["absent", "merged"]


def mm(value):
    return None if value is None or value != value else Fraction(str(round(value, 3)))


def site(row):
    return row["site"].strip().lower().replace(" ", "_").replace("-", "_")


def is_node(row):
    return site(row) in NODES


def assessments(rows):
    """The visits in order: (day of the last scan, the rows)."""
    last = {}
    for row in rows:
        name = row.get("visit") or f"day {row['date']}"
        last[name] = max(last.get(name, row["date"]), row["date"])
    visits = {}
    for row in rows:
        visits.setdefault(last[row.get("visit") or f"day {row['date']}"], []).append(row)
    return sorted(visits.items())


class Patient:
    """One patient's lesions, as one criterion sees them."""

    def __init__(self, rows, start, criterion, pd_abs_mm=None, relapse_after_cr="progression"):
        visits = assessments(rows)
        self.baseline = [rows for day, rows in visits if day <= start][-1]
        self.follow_up = [(day, rows) for day, rows in visits if day > start]
        self.by_sum = relapse_after_cr == "by_sum"
        self.mrecist = criterion == "mrecist"
        self.targets = [row for row in self.baseline if row["role"] == "target" and self.large_enough(row)]
        self.mrecist &= any(site(row) == "liver" for row in self.targets)  # else the rules of RECIST 1.1
        self.others = [r for r in self.baseline if r["role"] != "new" and r not in self.targets]
        self.floor = (0 if self.mrecist else 5) if pd_abs_mm is None else pd_abs_mm

    def large_enough(self, row):
        if is_node(row):
            return mm(row["diameter_mm"]) >= (20 if self.mrecist and site(row) == "porta_hepatis_node" else 15)
        return mm(row["viable_mm" if self.mrecist and site(row) == "liver" else "diameter_mm"]) >= 10

    def normal_below(self, row):
        """The short axis below which a new node is normal, and a non-target node cannot progress."""
        return 20 if self.mrecist and site(row) == "porta_hepatis_node" else 10

    def size(self, row):
        """Millimetres of a target's row, None where it says nothing."""
        if not row["evaluable"]:
            return None
        if row["status"] in GONE or mm(row["diameter_mm"]) == 0:
            return Fraction(0)
        if row["status"] == "present" and mm(row["diameter_mm"]) is mm(row["viable_mm"]) is None:
            return Fraction(5)  # too small to measure
        return mm(row["viable_mm" if self.mrecist and site(row) == "liver" else "diameter_mm"])

    def pieces(self):
        """For each visit the rows of each baseline lesion, none where it or a part of it has no row."""
        parts = {}
        for _, rows in self.follow_up:
            found = {}
            for name in (row["lesion_id"] for row in self.baseline):
                own = [row for row in rows if (row.get("part_of") or row["lesion_id"]) == name]
                names, known = {row["lesion_id"] for row in own}, parts.setdefault(name, set())
                if names - {name}:
                    known |= names
                found[name] = own if known <= names else []
            yield found

    def target_size(self, rows):
        """The size of a target from its rows at a visit, None where one says nothing."""
        sizes = [self.size(row) for row in rows]
        return sum(sizes) if sizes and None not in sizes else None

    def judge_targets(self, sizes, base, nadir):
        """The response of the targets from their sizes, the sum at baseline and the sizes at the nadir."""
        pairs = list(zip(self.targets, sizes, nadir, strict=True))
        if all(size is not None and not self.malignant(t, size) for t, size, _ in pairs):
            return "CR"
        # growth of a normal node is none
        grown = sum(
            size if self.malignant(t, size) else min(size, before) for t, size, before in pairs if size is not None
        )
        least = sum(nadir)
        if grown > 0 if least == 0 else 5 * grown >= 6 * least and grown - least >= self.floor:
            return "PD"
        if None in sizes:
            return "NE"
        return "PR" if 10 * sum(sizes) <= 7 * base else "SD"

    def malignant(self, row, size):
        return size >= 10 if is_node(row) else size > 0

    def judge_other(self, rows):
        """The response of one non-target from its rows at a visit: one, or one a part."""
        if not rows or not all(row["evaluable"] for row in rows):
            return "NE"
        row, size = rows[0], mm(rows[0]["diameter_mm"])
        if len(rows) > 1:  # a target that is a non-target to this criterion and has split
            size = sum(mm(row["diameter_mm"]) or 0 for row in rows)
            gone = all(row["status"] in GONE or mm(row["diameter_mm"]) == 0 for row in rows)
            return "CR" if gone or (is_node(row) and size < 10) else "NON-CR/NON-PD"
        if row["status"] in GONE or size == 0 or (is_node(row) and size is not None and size < 10):
            return "CR"
        if row["status"] == "unequivocal_progression":
            small = self.mrecist and is_node(row) and size is not None and size < self.normal_below(row)
            return "NON-CR/NON-PD" if small or self.unproven_fluid(row) else "PD"
        return "NON-CR/NON-PD" if row["status"] or size is not None else "NE"

    def is_seen(self, rows, state):
        """Whether a non-target is there for certain."""
        known = state in ("PD", "NON-CR/NON-PD") and rows[0]["status"] != "equivocal"
        return known and not self.unproven_fluid(rows[0])

    def unproven_fluid(self, row):
        return self.mrecist and site(row) in EFFUSIONS and row["cytology"] != "positive"

    def new_lesions(self):
        """For each visit the days of the scans (or of the visit) that show a new lesion."""
        found = {day: [] for day, _ in self.follow_up}
        names = {r["lesion_id"] for _, rows in self.follow_up for r in rows if r["role"] == "new"}
        for name in names:
            run, sizes, pattern, proven = [], [], "", False
            for day, rows in self.follow_up:
                row = next((r for r in rows if r["lesion_id"] == name), None)
                if row is None or not row["evaluable"]:
                    run.append((day, day if row is None else row["date"]))
                    if proven:
                        found[day].append(run[-1][1])
                    continue
                size = mm(row["diameter_mm"])
                normal = is_node(row) and size is not None and size < self.normal_below(row)
                if row["status"] == "absent" or size == 0 or normal:
                    run, sizes, pattern, proven = [], [], "", False
                    continue
                if not sizes:
                    run = []  # nothing was seen before
                run.append((day, row["date"]))
                if sizes or not self.unproven_fluid(row):  # fluid counts from its positive cytology
                    sizes.append(size)
                pattern = row["pattern"] or pattern
                if self.mrecist and site(row) == "liver":
                    proven |= size >= 10 and (pattern == "typical" or size - sizes[0] >= 10)
                elif not self.unproven_fluid(row):
                    proven |= row["status"] != "equivocal"
                if proven:
                    for visit, scan in run:
                        found[visit].append(scan)
                    run = []
        return found

    def verdicts(self):
        """What each visit after baseline says, in order of time."""
        nadir = [self.size(row) for row in self.targets]
        base, new, result, relapsed = sum(nadir), self.new_lesions(), [], False
        for (day, _), found in zip(self.follow_up, self.pieces(), strict=True):
            sizes = [self.target_size(found[row["lesion_id"]]) for row in self.targets]
            target = self.judge_targets(sizes, base, nadir) if self.targets else "none"
            states = [(rows, self.judge_other(rows)) for rows in (found[row["lesion_id"]] for row in self.others)]
            other = next((s for s in ["PD", "NE", "NON-CR/NON-PD", "CR"] if s in [t for _, t in states]), "none")
            days = [*new[day], *(rows[0]["date"] for rows, state in states if state == "PD")]
            if any(v["overall"] == "CR" for v in result):
                there = any(s is not None and self.malignant(t, s) for t, s in zip(self.targets, sizes, strict=True))
                seen = [max(row["date"] for row in rows) for rows, state in states if self.is_seen(rows, state)]
                if not self.by_sum:
                    target, other = "PD" if there else target, "PD" if seen else other
                    days += seen
                relapsed = there or seen
            total = overall(target, other, bool(new[day]))
            if relapsed and self.by_sum and total != "PD":
                self.reread(result, {"target": "PR"} if there else {"non_target": "NON-CR/NON-PD"})
            complete = self.targets and None not in sizes
            result.append({
                "assessed": day, "date": min(days, default=day), "target": target, "non_target": other,
                "new": bool(new[day]), "overall": total, "sum": sum(sizes) if complete else None,
                "base": base if self.targets else None, "nadir": sum(nadir) if self.targets else None,
            })  # fmt: skip
            if complete and sum(sizes) < sum(nadir):
                nadir = sizes
        return result

    def reread(self, result, part):
        """A complete response after which a lesion is there without progression was none."""
        for verdict in reversed(result):
            if verdict["overall"] == "PD":
                break
            if verdict["overall"] == "CR":
                verdict |= part
                verdict["overall"] = overall(verdict["target"], verdict["non_target"], False)


def overall(target, other, new):
    if new or "PD" in (target, other):
        return "PD"
    if target == "none":
        return other
    return "PR" if target == "CR" and other not in ("CR", "none") else target


def best(visits, has_targets, sd_min_days=42, confirm=False, confirm_days=28, therapy=None):
    """The best overall response of (day since start, overall response), in order of time."""
    series = []
    for day, response in visits:
        if therapy is not None and day >= therapy:
            break
        series.append((day, response))
        if response == "PD":
            break
    got = []
    for place, (day, response) in enumerate(series):
        if response in ("CR", "PR") and confirm and not confirmed(series[place:], confirm_days):
            response = "SD" if has_targets else "NON-CR/NON-PD"
        if response in ("SD", "NON-CR/NON-PD") and day < sd_min_days:
            response = "PD" if series[-1][1] == "PD" else "NE"
        got.append(response)
    return min(got, key=ORDER.index, default="NE")


def confirmed(series, confirm_days):
    (first, response), *later = series
    missed = 0
    for day, verdict in later:
        if verdict in (["CR"] if response == "CR" else ["PR", "CR"]):
            if day - first >= confirm_days:
                return True
        elif verdict == "NE" and missed == 0:
            missed = 1
        else:
            return False
    return False
