# tests.csv: Rao-Scott tests, design-based t tests and rank tests, weighted proportions and their contrasts, by the survey
# package (4.1), each with patients on their own and with two neighbours as a cluster.
source("tests/golden/weighting/oracles.R")
suppressPackageStartupMessages(library(survey))
exact <- list(epsilon = 1e-14, maxit = 200)

contrasts_of <- function(design) {
  links <- c(risk_difference = "identity", risk_ratio = "log", odds_ratio = "logit")
  do.call(rbind, lapply(names(links), function(kind) {
    family <- if (kind == "risk_difference") gaussian() else if (kind == "risk_ratio") quasipoisson() else quasibinomial()
    fit <- svyglm(outcome ~ arm, design, family = family, control = exact)
    found <- c(coef(fit)[[2]], confint(fit)[2, ])
    data.frame(what = kind, statistic = c("value", "low", "high"), value = if (kind == "risk_difference") found else exp(found))
  }))
}

proportion <- function(design, arm) {
  # xlogit is logit without a model, whose fit stops at eight digits
  found <- svyciprop(~outcome, if (arm) subset(design, arm == 1) else subset(design, arm == 0), method = "xlogit")
  data.frame(what = paste0("proportion_", arm), statistic = c("value", "low", "high"), value = c(found, attr(found, "ci")))
}

write_answers(function(d, spec) {
  d$arm <- as.integer(d$treated)
  d$outcome <- as.integer(if (length(spec$binary_outcomes)) d[[spec$binary_outcomes[1]]] == max(d[[spec$binary_outcomes[1]]]) else d$event)
  d$three <- factor(seq_len(nrow(d)) %% 3)
  d$sparse <- factor(ifelse(d$treated & seq_len(nrow(d)) %% 5 == 0, "only treated", "both"))
  d$cluster <- seq_len(nrow(d)) %/% 2
  d$untied <- rank(d[[spec$table1$continuous[1]]], ties.method = "first")  # R's ranks of ties depend on the order of the rows
  do.call(rbind, lapply(c("alone", "clustered"), function(kind) {
    design <- svydesign(if (kind == "alone") ~1 else ~cluster, weights = ~weight, data = d)
    categorical <- c(spec$table1$categorical, "three", "sparse")
    tests <- sapply(categorical, function(name) svychisq(as.formula(paste("~", name, "+ arm")), design)$p.value)
    t_tests <- sapply(spec$table1$continuous, function(name) svyttest(reformulate("arm", name), design)$p.value)
    out <- rbind(
      data.frame(what = "rao_scott", statistic = categorical, value = tests),
      data.frame(what = "design_t", statistic = spec$table1$continuous, value = t_tests),
      data.frame(what = "design_rank", statistic = "untied", value = svyranktest(untied ~ arm, design)$p.value),
      contrasts_of(design), proportion(design, 1), proportion(design, 0))
    out$what <- paste(kind, out$what)
    out
  }))
}, "tests.csv", names_of_oracles, c("ate", "att", "ato", "atm", "ate_truncated"))
