# Survival in matched sets of one size, of different size, and with controls of several sets, by the survival package:
#   Rscript tests/golden/matching/sets.R        from the repository's root
# The sets are those of MatchIt 4.7.2 in matches.csv and replacement.csv, the weights of controls those in weights.csv.
# sets.csv: by arm the median and survival at a time with robust limits; the log-rank test as robust score test, the Cox
# model, and the interaction of treatment with patients' numbers being even, with clusters that are the sets, or the
# patients where a control may be in several sets.
source("tests/golden/weighting/oracles.R")
folder <- "tests/golden/matching"
read_answers <- function(file) read.csv(file.path(folder, file))
sets <- rbind(read_answers("matches.csv"), read_answers("replacement.csv"))
weights <- read_answers("weights.csv")
exact <- coxph.control(eps = 1e-11, iter.max = 100)

# One row per matched patient: weight, and set (their own number with replacement).
matched <- function(d, name, setting) {
  own <- sets[sets$name == name & sets$setting == setting, ]
  weight <- weights[weights$name == name & weights$setting == setting, ]
  shared <- startsWith(setting, "replace")
  id <- unique(c(own$treated, own$control))
  set <- ifelse(id %in% own$treated, id, own$treated[match(id, own$control)])
  weight <- ifelse(id %in% own$treated, 1, weight$weight[match(id, weight$control)])
  m <- d[match(id, d$id), ]
  m$set <- if (shared) id else set
  m$weight <- if (nrow(weights[weights$name == name & weights$setting == setting, ])) weight else 1
  m
}

curve <- function(m, time) {
  fit <- survfit(Surv(time, event) ~ 1, m, weights = weight, robust = TRUE)
  median <- quantile(fit, .5)
  at <- summary(fit, times = time, extend = TRUE)
  c(median = unname(median$quantile), median_low = unname(median$lower), median_high = unname(median$upper),
    survival = at$surv, survival_low = at$lower, survival_high = at$upper, at_risk = at$n.risk)
}

answers <- NULL
for (name in c("gbsg", "veteran", "lung", "rossi")) {
  oracle <- read_oracle(name)
  time <- oracle$spec$endpoints$times[[1]][1]
  for (setting in c("variable", "incomplete", "replace_caliper", "replace_ratio_3")) {
    m <- matched(oracle$data, name, setting)
    stopifnot(all(m$weight > 0))
    arms <- lapply(list(treated = m[m$treated, ], control = m[!m$treated, ]), curve, time)
    fit <- summary(coxph(Surv(time, event) ~ treated, m, weights = weight, cluster = set, control = exact))
    score <- summary(coxph(Surv(time, event) ~ treated, m, weights = weight, cluster = set, ties = "breslow"))$robscore
    m$half <- ifelse(m$id %% 2 == 0, "even", "odd")
    crossed <- coxph(Surv(time, event) ~ treated * half, m, weights = weight, cluster = set, control = exact)
    z <- coef(crossed)[3] / sqrt(vcov(crossed)[3, 3])
    found <- c(p_interaction = unname(2 * pnorm(-abs(z))), unlist(arms), hazard_ratio = fit$conf.int[1, 1], hazard_ratio_low = fit$conf.int[1, 3],
               hazard_ratio_high = fit$conf.int[1, 4], p_cox = fit$coef[1, "Pr(>|z|)"], p_logrank = score[["pvalue"]])
    answers <- rbind(answers, data.frame(name, setting, time, statistic = names(found), value = found))
  }
}
write.csv(format(answers, digits = 15, trim = TRUE), file.path(folder, "sets.csv"), row.names = FALSE, quote = FALSE)
