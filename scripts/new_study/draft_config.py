"""Draft the config.yaml of a new study from its tables, or lay out a small study to begin with."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from new_study.command import main

    sys.exit(main())
