# Rubin's rules on fixed imputations of survival::lung, by mice 3.15 and mitml 0.4:
#   Rscript tests/golden/rubin/make.R        from the repository's root
# imputations.csv: five imputed data sets, made once. pooled.csv: mice's pool() of Cox and logistic models. tests.csv: D1 of
# the Karnofsky scores and D2 of log-rank tests, by mitml.
suppressMessages({library(mice); library(survival)})
folder <- "tests/golden/rubin"
file <- file.path(folder, "imputations.csv")
if (!file.exists(file)) {
  d <- lung[c("time", "status", "age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss")]
  names(d) <- gsub("\\.", "_", names(d))
  d$event <- d$status - 1
  d$status <- NULL
  write.csv(complete(mice(d, m = 5, seed = 2026, printFlag = FALSE), "long"), file, row.names = FALSE, quote = FALSE)
}
imputed <- split(read.csv(file), ~.imp)
covariates <- c("age", "sex", "ph_ecog", "ph_karno", "pat_karno", "meal_cal", "wt_loss")
exact <- coxph.control(eps = 1e-11, iter.max = 100)
fits <- list(
  cox = lapply(imputed, function(d) coxph(reformulate(covariates, "Surv(time, event)"), d, control = exact)),
  cox_robust = lapply(imputed, function(d) coxph(reformulate(covariates, "Surv(time, event)"), d, control = exact, robust = TRUE)),
  logistic = lapply(imputed, function(d) glm(reformulate(setdiff(covariates, "sex"), "I(sex == 1)"), binomial, d, control = list(epsilon = 1e-15)))
)
pooled <- do.call(rbind, lapply(names(fits), function(model) {
  s <- summary(pool(as.mira(fits[[model]])), type = "all", conf.int = TRUE)
  data.frame(model, term = s$term, value = s$estimate, se = s$std.error, low = s[["2.5 %"]], high = s[["97.5 %"]], df = s$df,
             p_value = s$p.value, missing_information = s$fmi, complete_df = s$dfcom)
}))
together <- list(two = c("ph_karno", "pat_karno"), one = "meal_cal", all = covariates)
d1 <- do.call(rbind, lapply(names(together), function(name) {
  own <- together[[name]]
  Q <- sapply(fits$cox, function(fit) coef(fit)[own])
  Q <- if (is.matrix(Q)) Q else t(Q)
  U <- array(sapply(fits$cox, function(fit) vcov(fit)[own, own]), c(length(own), length(own), length(fits$cox)))
  found <- mitml:::.D1(Q, U, NULL)
  data.frame(test = "d1", name, F = found$F, p_value = pf(found$F, found$k, found$v, lower.tail = FALSE))
}))
groups <- list(wt_loss = function(d) d$wt_loss > 5, meal_cal = function(d) cut(d$meal_cal, c(0, 700, 1000, 9999)))
d2 <- do.call(rbind, lapply(names(groups), function(name) {
  found <- mitml:::.D2(sapply(imputed, function(d) { d$group <- groups[[name]](d); survdiff(Surv(time, event) ~ group, d)$chisq }),
                       if (name == "meal_cal") 2 else 1)
  data.frame(test = "d2", name, F = found$F, p_value = if (found$F > 0) pf(found$F, found$k, found$v, lower.tail = FALSE) else 1)
}))
write <- function(table, file) write.csv(format(table, digits = 15, trim = TRUE), file.path(folder, file), row.names = FALSE, quote = FALSE)
write(pooled, "pooled.csv")
write(rbind(d1, d2), "tests.csv")
