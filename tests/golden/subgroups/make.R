# Subgroup analyses of variables with two, three and five levels, the last of a continuous one in declared bins, in the
# patients of survival::gbsg: Rscript tests/golden/subgroups/make.R        from the repository's root
# Of each level: patients and events by arm, and coxph of treatment within it; of each variable: anova of the models
# without and with its interaction with treatment.
source("tests/golden/weighting/oracles.R")
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-13)

d <- read_oracle("gbsg")$data
d$bin <- cut(d$nodes, c(0, 1, 3, 6, 10, Inf), c("1", "2-3", "4-6", "7-10", "11 or more"))

of_level <- function(d, variable, level) {
  part <- d[d[[variable]] == level, ]
  arms <- do.call(c, lapply(c(treated = TRUE, control = FALSE), function(arm) {
    c(total = sum(part$treated == arm), events = sum(part$event[part$treated == arm]))
  }))
  fit <- summary(coxph(Surv(time, event) ~ treated, part, control = exact))
  numbers <- c(arms, hazard_ratio = fit$conf.int[1], ci_low = fit$conf.int[3], ci_high = fit$conf.int[4],
               p_value = fit$coefficients[5])
  data.frame(variable = variable, level = level, statistic = names(numbers), value = unname(numbers))
}

interaction_of <- function(d, variable) {
  d$subgroup <- factor(d[[variable]])
  without <- coxph(Surv(time, event) ~ treated + subgroup, d, control = exact)
  with <- coxph(Surv(time, event) ~ treated * subgroup, d, control = exact)
  data.frame(variable = variable, level = "", statistic = "interaction", value = anova(without, with)[2, 4])
}

levels_of <- list(meno = c("0", "1"), grade = c("g1", "g2", "g3"), bin = levels(d$bin))
answers <- do.call(rbind, lapply(names(levels_of), function(variable) {
  effects <- lapply(levels_of[[variable]], function(level) of_level(d, variable, level))
  rbind(interaction_of(d, variable), do.call(rbind, effects))
}))
write.csv(format(answers, digits = 15, trim = TRUE, scientific = TRUE), "tests/golden/subgroups/effects.csv",
          row.names = FALSE, quote = FALSE)
