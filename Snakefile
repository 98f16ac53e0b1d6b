# The entry point: config.yaml is the study's protocol, and workflow/rules has the rules of each stage.
#
#   snakemake --cores 2                         the shipped study
#   snakemake -n                                what would run, and why
#   snakemake -s path/to/Snakefile -d my-study  the study with its config.yaml in my-study
from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/workflow.rst"


include: "workflow/rules/config.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/run.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/matching.smk"
include: "workflow/rules/weighting.smk"
include: "workflow/rules/response.smk"
include: "workflow/rules/outcomes.smk"
include: "workflow/rules/imputation.smk"


if ENDPOINTS:

    include: "workflow/rules/survival.smk"


include: "workflow/rules/subgroups.smk"
include: "workflow/rules/prognosis.smk"
include: "workflow/rules/safety.smk"
include: "workflow/rules/reproduction.smk"
include: "workflow/rules/disclosure.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/every_rule.smk"


rule all:
    default_target: True
    input:
        RESULTS,
        # all formats of figures and tables, so that a deleted one is made again
        other_formats(),


onstart:
    begin()


onsuccess:
    end_well()


onerror:
    end_badly()
