# R's answers for the cases of this folder: Rscript answers.R, in this folder; needs R's survival package (3.5).
# skewed.csv: Cox models of lognormal covariates, on which other engines run off. groups.csv: log-rank tests in which a
# group is gone before the first event. years.csv: times as differences of ages, equal but for round-off.
library(survival)

write <- function(table, file) write.csv(format(table, digits = 15, trim = TRUE), file, row.names = FALSE, quote = FALSE)

cox <- function(data) {
  covariates <- grep("^x", names(data), value = TRUE)
  covariates <- covariates[!is.na(unlist(data[1, covariates]))]
  warned <- FALSE
  fit <- withCallingHandlers(
    coxph(reformulate(covariates, "Surv(time, event)"), data, control = coxph.control(eps = 1e-11, iter.max = 100)),
    warning = function(w) { warned <<- TRUE; invokeRestart("muffleWarning") }
  )
  data.frame(case = data$case[1], variable = covariates, coef = coef(fit), se = sqrt(diag(fit$var)),
             zph = cox.zph(fit)$table[covariates, "p"], loglik = fit$loglik[2], n = fit$n, warned = warned)
}
skewed <- read.csv("skewed.csv")
write(do.call(rbind, lapply(split(skewed, skewed$case), cox)), "skewed_in_r.csv")

logrank <- function(data) {
  formula <- if (all(is.na(data$stratum))) Surv(time, event) ~ group else Surv(time, event) ~ group + strata(stratum)
  test <- survdiff(formula, data)
  expected <- if (is.matrix(test$exp)) rowSums(test$exp) else test$exp
  freedom <- sum(expected > 0) - 1
  data.frame(case = data$case[1], chisq = test$chisq, df = freedom, p = pchisq(test$chisq, freedom, lower.tail = FALSE))
}
groups <- read.csv("groups.csv")
write(do.call(rbind, lapply(split(groups, groups$case), logrank)), "groups_in_r.csv")

years <- read.csv("years.csv")
years$time <- years$end - years$start
curve <- survfit(Surv(time, event) ~ 1, years)
median <- quantile(curve, 0.5)
test <- survdiff(Surv(time, event) ~ group, years)
fit <- coxph(Surv(time, event) ~ group, years)
write(data.frame(
  statistic = c("times", "median", "ci_low", "ci_high", "logrank", "coef", "se", "survival_at_2.3", "at_risk_at_2.3"),
  value = c(length(curve$time), median$quantile, median$lower, median$upper,
            pchisq(test$chisq, 1, lower.tail = FALSE), coef(fit), sqrt(vcov(fit)),
            summary(curve, times = 2.3)$surv, summary(curve, times = 2.3)$n.risk)
), "years_in_r.csv")
