# The study's config: read and checked by ourselves before Snakemake reads it, so that every fault is said in words.
import hashlib
import sys
from pathlib import Path

import yaml
from snakemake.utils import update_config, validate

sys.path.insert(0, f"{workflow.basedir}/scripts")

from twoarm.config.command_line import read_given
from twoarm.config.config_file import read_config
from twoarm.config.protocol import protocol_errors

SCHEMA_FILE = f"{workflow.basedir}/workflow/schemas/config.schema.yaml"
SCHEMA = yaml.safe_load(Path(SCHEMA_FILE).read_text(encoding="utf-8"))


def refuse(errors):
    """Stop with every fault of the config, if there are any."""
    if errors:
        sys.exit("\n".join(["The config is at fault:", *errors]))


studies, errors = zip(*(read_config(str(path)) for path in workflow.overwrite_configfiles or ["config.yaml"]))
given, given_errors = read_given(workflow.config_settings.config, SCHEMA)
refuse([*sum(errors, []), *given_errors])

# A config of one's own replaces the shipped study; Snakemake's merge would leak one study into the other.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


# Snakemake hands what is nested in --config over as texts.
for part in (*studies, given):
    update_config(config, part)

refuse(protocol_errors(config, SCHEMA))
validate(config, SCHEMA_FILE)  # fills in the defaults


def checksum(path):
    """What tells one content of a raw table from another, among a rule's parameters.

    Snakemake looks at when a file was written: one that is replaced by an older one would change nothing.
    """
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
