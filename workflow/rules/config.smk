# The study's config: read and checked here before Snakemake reads it, so that every error is reported in plain words.
import hashlib
import sys
from pathlib import Path

from snakemake.utils import update_config

# The repository, also if another workflow includes this one as a module: then the other's folder is the base.
HOUSE = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
AS_MODULE = not workflow.modifier.is_main_snakefile()
sys.path.insert(0, f"{HOUSE}/scripts")

from twoarm.config.command_line import read_given
from twoarm.config.config_file import read_config
from twoarm.config.config_values import name_flag_words
from twoarm.config.databases import content_of
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema
from twoarm.config.sources import file_of
from twoarm.raw.database import is_database


def refuse(errors):
    """Stop and report every error in the config, if there are any."""
    if errors:
        sys.exit("\n".join(["The config has errors:", *errors]))


# A module has the config that the other workflow gives it, and nothing else.
paths = [] if AS_MODULE else workflow.overwrite_configfiles or ["config.yaml"]
studies = [read_config(str(path)) for path in paths]
given, given_errors = ({}, []) if AS_MODULE else read_given(workflow.config_settings.config, read_schema())
refuse([*(error for _, errors in studies for error in errors), *given_errors])

# Another config replaces the shipped study; Snakemake's merge would mix the two studies.
if not (AS_MODULE or workflow.overwrite_configfiles):

    configfile: "config.yaml"


# Snakemake passes nested values of --config as text.
for part in (*(study for study, _ in studies), given):
    update_config(config, part)

name_flag_words(config)
refuse(protocol_errors(config, read_schema(), made_elsewhere=AS_MODULE))
prepare(config)


def checksum(source):
    """The content of a file, or of a database's table, as a parameter of the rule that reads it.

    Snakemake only looks at a file's date, so an older file that replaces a newer one would not trigger a new run.
    """
    if is_database(source):
        found, errors = content_of(source)
        refuse(errors)
        return found
    return hashlib.sha256(Path(file_of(source)).read_bytes()).hexdigest()
