"""The standard columns of the lesion and adverse-event tables.

`among`: the allowed texts; `reserved`: a text that is not allowed; `named`: no text that programs write for a missing
value is allowed; `missing: allowed`: may be empty; `optional`: may be absent.
"""

from twoarm.raw.terms import ANY

LESIONS = {
    "visit_date": {"kind": "date"},
    "reader": {"kind": "text", "optional": True},
    "lesion_id": {"kind": "text", "named": True},
    "site": {"kind": "text", "named": True},
    "role": {"kind": "text", "among": ["target", "non_target", "new"]},
    "diameter_mm": {"kind": "continuous", "range": [0, 500], "missing": "allowed"},
    "viable_mm": {"kind": "continuous", "range": [0, 500], "missing": "allowed", "optional": True},
    "status": {
        "kind": "text",
        "among": ["absent", "present", "unequivocal_progression", "equivocal", "merged"],
        "missing": "allowed",
    },
    "evaluable": {"kind": "flag"},
    "visit": {"kind": "text", "missing": "allowed", "optional": True},
    "accepted": {"kind": "text", "missing": "allowed", "optional": True},
    "part_of": {"kind": "text", "missing": "allowed", "optional": True},
    "pattern": {"kind": "text", "among": ["typical", "atypical"], "missing": "allowed", "optional": True},
    "cytology": {"kind": "text", "among": ["positive", "negative"], "missing": "allowed", "optional": True},
}
ADVERSE_EVENTS = {
    "term": {"kind": "text", "reserved": ANY, "named": True},
    "grade": {"kind": "continuous", "among": ["1", "2", "3", "4", "5"]},
    "onset_date": {"kind": "date", "missing": "allowed", "optional": True},
}
