# What all rules share. A rule itself has its inputs, outputs and script; here it gets the
# shared modules of its script as inputs, its log, its benchmark, its environment, and its cluster resources.
import re
import sys

from snakemake.jobs import GroupJob
from snakemake.logging import logger

ENVIRONMENT = "../../envs/analysis.yaml"
# Measured: the largest job of the shipped study takes 0.25 GB, and Snakemake another 0.1; with 7,500 patients a job
# takes 18 MB more for each MB of text that it reads, and 190 MB and 2 minutes for each of Parquet, which is compressed.
LEAST_MEMORY, MEMORY_OF_TEXT, MEMORY_OF_PARQUET = 500, 25, 250  # MB, MB per MB, MB per MB
MEMORY_OF_A_MINUTE = 50  # MB: a job may take one minute for each, at least 10 minutes


def memory(wildcards, input):
    """The memory that a job requests from a cluster, in MB, by the sizes of its existing inputs."""
    paths = [Path(path) for path in input if Path(path).is_file()]
    factors = [MEMORY_OF_PARQUET if path.suffix == ".parquet" else MEMORY_OF_TEXT for path in paths]
    needed = sum(path.stat().st_size * factor for path, factor in zip(paths, factors))
    return LEAST_MEMORY + round(needed / 2**20)


def minutes(wildcards, input):
    """The time that a job requests, in minutes, from its memory."""
    return memory(wildcards, input) // MEMORY_OF_A_MINUTE


def group_of(name):
    """The group that a cluster runs as one job: a stage, or figures and tables. A dry run lists single jobs."""
    return lambda wildcards: None if workflow.dryrun else name


def complete(step, script):
    """Give a rule what all rules share; its files are named after its script, which has its name, and its wildcards."""
    stage, step_name = Path(script).parent.name, Path(script).stem
    name = "_".join([step_name, *(f"{{{wildcard}}}" for wildcard in sorted(step.wildcard_names))])
    step.log_modifier = step.benchmark_modifier = step.output_modifier
    # Snakemake does not see an edit in an imported module.
    step.set_input(library=code(modules_of(script)))
    step.set_log(f"results/logs/{name}.log")
    step.benchmark = f"results/benchmarks/{name}.tsv"
    step.conda_env = ENVIRONMENT
    if AS_MODULE:  # Snakemake looks up the names in a message in the other workflow, which has no labels
        step.message = re.sub(r"{\w+_LABELS:({wildcards\.\w+})u}", r"\1", step.message)
    step.group = group_of("figures_and_tables" if step_name.startswith(("draw_", "tabulate_")) else stage)
    step.resources.update({"mem_mb": memory, "runtime": minutes})
    step.resources.update(workflow.resource_settings.overwrite_resources.get(step.name, {}))  # --set-resources


def with_message(log_error):
    """Make Snakemake print why a group failed: Slurm's message about a job that it refused or ended.

    Snakemake 9.27 prints that for a single job, and drops it for a group.
    """

    def log_error_and_message(group, msg=None, **details):
        if msg:
            logger.error(msg)
        log_error(group, msg, **details)

    return log_error_and_message


GroupJob.log_error = with_message(GroupJob.log_error)

if not AS_MODULE:
    # No parameter here is a pandas object. To look for one Snakemake would import pandas, if it were there for it: a
    # sixth of a run with nothing to do. Jobs are other processes.
    sys.modules.setdefault("pandas", None)

for step, file in own_rules():  # `script` is a word of Snakemake's
    complete(step, file)
