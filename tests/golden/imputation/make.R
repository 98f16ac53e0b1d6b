# Matching, weights and Cox models within each of five fixed imputed data sets (../rubin/imputations.csv), pooled by mice
# 3.15 (Debian), with MatchIt 4.7.2 and survival 3.5:
#   Rscript tests/golden/imputation/make.R        from the repository's root
# pooled.csv: the pooled hazard ratios. sizes.csv: patients, pairs and the largest standardised mean difference of each data set.
suppressMessages({library(MatchIt); library(mice); library(survival)})
stopifnot(packageVersion("MatchIt") == "4.7.2")
folder <- "tests/golden/imputation"
covariates <- c("age", "sex", "meal_cal", "wt_loss")
exact <- coxph.control(eps = 1e-11, iter.max = 100)
sets <- lapply(split(read.csv("tests/golden/rubin/imputations.csv"), ~.imp), function(d) {
  d$treated <- as.integer(d$ph_ecog >= 1)
  fit <- glm(reformulate(covariates, "treated"), binomial, d, control = list(epsilon = 1e-15, maxit = 200))
  d$logit <- round(predict(fit), 10)
  d$score <- plogis(d$logit)
  d$ate <- ifelse(d$treated == 1, 1 / d$score, 1 / (1 - d$score))
  d$overlap <- ifelse(d$treated == 1, 1 - d$score, d$score)
  m <- matchit(reformulate(covariates, "treated"), d, method = "nearest", distance = d$logit, m.order = "largest", caliper = .2)
  d$pair <- as.integer(m$subclass)
  d
})
matched <- lapply(sets, function(d) d[!is.na(d$pair), ])
fits <- list(
  matched.cox = lapply(matched, function(d) coxph(Surv(time, event) ~ treated, d, control = exact)),
  matched.cox_pair_robust = lapply(matched, function(d) coxph(Surv(time, event) ~ treated, d, cluster = pair, control = exact)),
  iptw.weighted_cox = lapply(sets, function(d) coxph(Surv(time, event) ~ treated, d, weights = ate, robust = TRUE, control = exact)),
  overlap.weighted_cox = lapply(sets, function(d) coxph(Surv(time, event) ~ treated, d, weights = overlap, robust = TRUE, control = exact)),
  adjusted.cox_adjusted = lapply(sets, function(d) coxph(reformulate(c("treated", covariates), "Surv(time, event)"), d, control = exact)),
  prognosis.cox_multivariable = lapply(matched, function(d) coxph(reformulate(c("treated", covariates), "Surv(time, event)"), d, control = exact))
)
pooled <- do.call(rbind, lapply(names(fits), function(name) {
  least <- min(sapply(fits[[name]], function(fit) fit$nevent - length(coef(fit))))  # matched sets differ in their events
  p <- pool(as.mira(fits[[name]]), dfcom = least)
  s <- summary(p, type = "all", conf.int = TRUE)
  data.frame(analysis = name, term = s$term, hazard_ratio = exp(s$estimate), ci_low = exp(s[["2.5 %"]]), ci_high = exp(s[["97.5 %"]]),
             p_value = s$p.value, missing_information = s$fmi, variance_increase = s$riv)
}))
pooled <- pooled[pooled$term == "treated" | pooled$analysis == "prognosis.cox_multivariable", ]
smd <- function(d, w) max(sapply(covariates, function(name) {
  x <- d[[name]]
  abs(weighted.mean(x[d$treated == 1], w[d$treated == 1]) - weighted.mean(x[d$treated == 0], w[d$treated == 0])) / sd(x[d$treated == 1])
}))
sizes <- do.call(rbind, lapply(sets, function(d) data.frame(
  imputation = d$.imp[1], pairs = sum(!is.na(d$pair)) / 2, matched = smd(d, !is.na(d$pair)), iptw = smd(d, d$ate), overlap = smd(d, d$overlap))))
write <- function(table, file) write.csv(format(table, digits = 15, trim = TRUE), file.path(folder, file), row.names = FALSE, quote = FALSE)
write(pooled, "pooled.csv")
write(sizes, "sizes.csv")
