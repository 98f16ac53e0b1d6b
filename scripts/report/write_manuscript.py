"""The manuscript as a Word file, with what the run can tell of a paper."""

from twoarm.report.document_word import write_document
from twoarm.report.finished import read_run, read_works
from twoarm.report.manuscript import manuscript_of
from twoarm.results.errors import log_to

if __name__ == "__main__":
    log_to(snakemake.log[0])
    run = read_run(snakemake.params.protocol, snakemake.input)
    manuscript = manuscript_of(run, read_works(snakemake.input.references))
    write_document(manuscript, snakemake.output[0], next(iter(snakemake.input.template), None))
