# Matching, weights and Cox models within each of five fixed imputed data sets (../rubin/imputations.csv), pooled by mice
# 3.15 (Debian), with MatchIt 4.7.2 and survival 3.5:
#   Rscript tests/golden/imputation/make.R        from the repository's root
# pooled.csv: the pooled hazard ratios. sizes.csv: patients, pairs and the largest standardised mean difference of each data set.
# rates.csv: the contrasts of a yes/no outcome and of response rates, from glm and survey's svyglm. subgroups.csv: the hazard
# ratio of treatment in levels, and D1 of its interaction by mitml. balance.csv: mean and largest difference of each variable.
suppressMessages({library(MatchIt); library(mice); library(survey); library(survival)})
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
  d$calories <- cut(d$meal_cal, c(0, 700, 1000, 9999), c("low", "middle", "high"))
  d$gender <- ifelse(d$sex == 1, "male", "female")
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

# An outcome that is unknown of patients who left early, and responses, all of them observed.
observed <- sets[[1]]$pat_karno
sets <- lapply(sets, function(d) {
  d$early <- ifelse(d$time > 300, 0, ifelse(d$event == 1, 1, NA))
  d$ORR <- as.integer(observed >= 80)
  d$DCR <- as.integer(observed >= 70)
  d
})
matched <- lapply(sets, function(d) d[!is.na(d$pair), ])
links <- c(risk_difference = "identity", risk_ratio = "log", odds_ratio = "logit")
arms <- function(data, outcome, link, weights) {
  formula <- reformulate("treated", outcome)
  data <- data[!is.na(data[[outcome]]), ]
  n <- nrow(data)
  if (is.na(weights)) {
    p <- tapply(data[[outcome]], data$treated, mean)
    start <- c(make.link(link)$linkfun(p[[1]]), make.link(link)$linkfun(p[[2]]) - make.link(link)$linkfun(p[[1]]))
    fit <- glm(formula, binomial(link), data, start = start, control = list(epsilon = 1e-15, maxit = 200))
  } else {
    family <- switch(link, identity = gaussian(), log = quasipoisson(), logit = quasibinomial())
    design <- svydesign(~1, weights = data[[weights]], data = data)
    fit <- svyglm(formula, design, family = family, control = list(epsilon = 1e-15, maxit = 200))
  }
  c(coef(fit)[["treated"]], vcov(fit)["treated", "treated"], n)
}
scalar <- function(Q, U, n, k) {
  p <- pool.scalar(Q, U, n = n, k = k)
  reach <- qt(.975, p$df) * sqrt(p$t)
  data.frame(estimate = p$qbar, ci_low = p$qbar - reach, ci_high = p$qbar + reach, p_value = 2 * pt(-abs(p$qbar) / sqrt(p$t), p$df),
             missing_information = p$fmi, variance_increase = p$r)
}
rates <- do.call(rbind, lapply(c("matched", "iptw", "overlap"), function(population) {
  weights <- c(matched = NA, iptw = "ate", overlap = "overlap")[[population]]
  do.call(rbind, lapply(c("early", "ORR", "DCR"), function(outcome) do.call(rbind, lapply(names(links), function(contrast) {
    found <- sapply(if (population == "matched") matched else sets, arms, outcome, links[[contrast]], weights)
    row <- scalar(found[1, ], found[2, ], min(found[3, ]), 2)
    own <- c("estimate", "ci_low", "ci_high")
    row[own] <- if (contrast == "risk_difference") 100 * row[own] else exp(row[own])
    data.frame(population, outcome, contrast, row)
  }))))
}))

cox <- function(formula, data, weights) {
  if (is.na(weights)) return(coxph(formula, data, control = exact))
  data$own <- data[[weights]]
  coxph(formula, data, weights = own, robust = TRUE, control = exact)
}
ratio <- function(fits, term) {
  Q <- sapply(fits, function(fit) coef(fit)[[term]])
  U <- sapply(fits, function(fit) { colnames <- names(coef(fit)); vcov(fit)[match(term, colnames), match(term, colnames)] })
  scalar(Q, U, min(sapply(fits, function(fit) fit$nevent - length(coef(fit)))) + 1, 1)
}
subgroups <- do.call(rbind, lapply(c("matched", "iptw"), function(population) {
  weights <- c(matched = NA, iptw = "ate")[[population]]
  own <- if (population == "matched") matched else sets
  do.call(rbind, lapply(list(gender = c("male", "female"), calories = c("low", "middle", "high")), function(levels) {
    name <- if (length(levels) == 2) "gender" else "calories"
    effects <- do.call(rbind, lapply(levels, function(level) {
      row <- ratio(lapply(own, function(d) cox(Surv(time, event) ~ treated, d[d[[name]] == level, ], weights)), "treated")
      row[1:3] <- exp(row[1:3])
      data.frame(population, subgroup = name, level, row)
    }))
    fits <- lapply(own, function(d) cox(reformulate(paste0("treated * ", name), "Surv(time, event)"), d, weights))
    terms <- grep(":", names(coef(fits[[1]])), value = TRUE)
    if (length(terms) == 1) {
      p <- ratio(fits, terms)$p_value
    } else {
      places <- match(terms, names(coef(fits[[1]])))
      found <- mitml:::.D1(sapply(fits, function(fit) coef(fit)[places]),
                           array(sapply(fits, function(fit) vcov(fit)[places, places]), c(length(terms), length(terms), length(fits))), NULL)
      p <- pf(found$F, found$k, found$v, lower.tail = FALSE)
    }
    empty <- data.frame(estimate = NA, ci_low = NA, ci_high = NA, p_value = p, missing_information = NA, variance_increase = NA)
    rbind(effects, data.frame(population, subgroup = name, level = "", empty))
  }))
}))

difference <- function(x, t, w) weighted.mean(x[t], w[t]) - weighted.mean(x[!t], w[!t])
balance <- do.call(rbind, lapply(c("enrolled", "matched", "iptw", "overlap"), function(population) {
  each <- sapply(sets, function(d) {
    t <- d$treated == 1
    w <- switch(population, enrolled = rep(1, nrow(d)), matched = as.numeric(!is.na(d$pair)), iptw = d$ate, overlap = d$overlap)
    levels <- sapply(levels(d$calories), function(level) {
      x <- as.numeric(d$calories == level)
      abs(difference(x, t, w)) / sqrt(mean(x[t]) * (1 - mean(x[t])))
    })
    c(sapply(covariates, function(name) abs(difference(d[[name]], t, w)) / sd(d[[name]][t])), calories = max(levels))
  })
  data.frame(population, variable = rownames(each), mean = rowMeans(each), largest = apply(each, 1, max))
}))
write(rates, "rates.csv")
write(subgroups, "subgroups.csv")
write(balance, "balance.csv")
