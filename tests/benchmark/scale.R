# R on the data of scale.py: Rscript tests/benchmark/scale.R [N ...]. Matching is left out: Debian's MatchIt is broken.
library(survival)
sizes <- commandArgs(trailingOnly = TRUE); if (!length(sizes)) sizes <- c("188", "10000", "100000", "1000000")
timed <- function(step, expression) { s <- system.time(r <- expression)[["elapsed"]]; cat(sprintf("  %-28s%9.3f\n", step, s)); invisible(r) }
for (n in sizes) {
  cat(n, "patients\n"); d <- read.csv(sprintf("%s/scale_%s.csv", Sys.getenv("TMPDIR", "/tmp"), n)); x <- names(d)[1:16]
  timed("propensity score", glm(reformulate(x, "treated"), binomial, d))
  timed("Kaplan-Meier, two arms", survfit(Surv(time, event) ~ treated, d))
  timed("log-rank", survdiff(Surv(time, event) ~ treated, d))
  timed("Cox, treatment alone", coxph(Surv(time, event) ~ treated, d))
  fit <- timed("Cox, 17 variables", coxph(reformulate(c("treated", x), "Surv(time, event)"), d))
  timed("test of proportional hazards", cox.zph(fit))
}
