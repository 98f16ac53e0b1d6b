"""With this folder on PYTHONPATH, Python does not start scripts of rules in BROKEN_RULES but does what that says.

BROKEN_RULES: {rule: its outputs}, as JSON. The script writes its outputs in part and fails, before it imports anything.
Its own are those that Snakemake has deleted: a rule may have several jobs.
"""

import json
import os
import sys
from pathlib import Path

parts = Path(sys.orig_argv[-1]).name.split(".")  # Snakemake names its copy tmp12345678.<rule>.py
outputs = json.loads(os.environ.get("BROKEN_RULES", "{}")).get(parts[-2] if parts[-1] == "py" and parts[1:] else "")
if outputs:
    for output in outputs:
        if not Path(output).exists():
            Path(output).write_text("half a resu")
    os._exit(1)
