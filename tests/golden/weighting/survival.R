# survival.csv: medians, survival at times, restricted means, log-rank tests and Cox models of weighted patients, by the
# survival package. A model's term is named as R names it.
source("tests/golden/weighting/oracles.R")
exact <- coxph.control(eps = 1e-11, iter.max = 100)

curve <- function(d, spec, conf_type) {
  assign("d", d, globalenv())  # residuals(fit) looks for the data there
  fit <- survfit(Surv(time, event) ~ 1, d, weights = weight, robust = TRUE, conf.type = conf_type)
  at <- summary(fit, times = spec$endpoints$times[[1]], extend = TRUE)
  median <- quantile(fit, c(.25, .5))
  tau <- spec$endpoints$tau[1]
  rmst <- residuals(fit, times = tau, type = "rmst", weighted = TRUE)
  data.frame(
    statistic = c(as.vector(outer(c("survival", "at_risk", "ci_low", "ci_high"), at$time, paste, sep = "_")),
                  paste0(rep(c("q25", "median"), 3), rep(c("", "_low", "_high"), each = 2)), "rmst", "rmst_se",
                  "sum_of_errors", "sum_at_risk"),
    value = c(rbind(at$surv, at$n.risk, at$lower, at$upper), median$quantile, median$lower, median$upper,
              sum(diff(c(0, fit$time[fit$time <= tau], tau)) * c(1, fit$surv[fit$time <= tau])), sqrt(sum(rmst^2)),
              sum((fit$std.err / fit$surv)[fit$surv > 0]), sum(fit$n.risk)))
}

cox <- function(d, model, formula) {
  assign("d", d, globalenv())  # and so does cox.zph
  fit <- coxph(formula, d, weights = d$weight, robust = TRUE, control = exact)
  estimates <- function(fit, kind) {
    s <- summary(fit)
    data.frame(what = model, statistic = as.vector(outer(rownames(s$coef), c("coef", "se", "ci_low", "ci_high", "p_value"), paste, sep = kind)),
               value = c(s$coef[, "coef"], s$coef[, "robust se"], s$conf.int[, "lower .95"], s$conf.int[, "upper .95"], s$coef[, "Pr(>|z|)"]))
  }
  clusters <- coxph(formula, d, weights = d$weight, cluster = d$cluster, control = exact)
  zph <- cox.zph(fit)$table
  rbind(estimates(fit, ":"), estimates(clusters, ":cluster_"),
        data.frame(what = model, statistic = c(paste0("zph:", rownames(zph)), "loglik", "loglik_null"), value = c(zph[, "chisq"], fit$loglik[2], fit$loglik[1])))
}

logrank <- function(d, column, ...) {
  summary(coxph(reformulate(column, "Surv(time, event)"), d, weights = d$weight, ties = "breslow", ...))$robscore[["test"]]
}

write_answers(function(d, spec) {
  d$cluster <- seq_len(nrow(d)) %/% 2
  d$arm <- as.integer(d$treated)
  d$group <- factor(seq_len(nrow(d)) %% 3)
  d$half <- seq_len(nrow(d)) %% 2
  parts <- list(treated = d[d$treated, ], control = d[!d$treated, ], overall = d)
  curves <- do.call(rbind, lapply(names(parts), function(group) do.call(rbind, lapply(c("log", "log-log", "plain"), function(type)
    cbind(what = paste(group, type), curve(parts[[group]], spec, type))))))
  product <- coxph(Surv(time, event) ~ group * arm, d, weights = weight, robust = TRUE, control = exact)
  own <- grep(":", names(coef(product)))
  rbind(
    curves,
    data.frame(what = "logrank", statistic = c("arm", "arm_cluster", "group"),
               value = c(logrank(d, "arm", robust = TRUE), logrank(d, "arm", cluster = d$cluster), logrank(d, "group", robust = TRUE))),
    cox(d, "arm", Surv(time, event) ~ arm),
    cox(d, "all", reformulate(spec$cox$covariates, "Surv(time, event)")),
    data.frame(what = "interaction", statistic = "chi_square", value = coef(product)[own] %*% solve(vcov(product)[own, own], coef(product)[own]))
  )
}, "survival.csv", c("gbsg", "veteran", "lung", "rossi"), c("ate", "att", "ato", "atm", "ate_stabilised"))
