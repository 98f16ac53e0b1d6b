# Backward elimination of Cox models of the oracles' data, by R's step() (AIC) and by drop1() in a loop (the
# likelihood-ratio test's p): Rscript tests/golden/prognosis/make.R        from the repository's root
# steps.csv: each variable that leaves, with the AIC of the model without it or its p; the last step lists what stays.
source("tests/golden/weighting/oracles.R")

cases <- list(
  gbsg = identity, veteran = identity, lung = identity, rossi = identity,
  # a level without an event: R's coefficient is infinite, and counts
  veteran_eventless = function(d) { d$event[d$celltype == "large"] <- 0L; d },
  # a variable that repeats another one: R's coefficient is NA, and does not count
  veteran_repeated = function(d) { d$months <- d$diagtime * 2; d }
)

by_aic <- function(fit, keep) {
  steps <- data.frame(step = 0, variable = "", value = extractAIC(fit)[2])
  repeat {
    without <- drop1(fit, setdiff(attr(terms(fit), "term.labels"), keep))
    free <- which(without$Df == 0)
    if (length(free)) first <- rev(free)[1]
    else first <- order(without$AIC)[1]
    if (first == 1) break
    steps <- rbind(steps, data.frame(step = nrow(steps), variable = rownames(without)[first], value = without$AIC[first]))
    fit <- update(fit, paste("~ . -", rownames(without)[first]))
  }
  rest <- without[-1, , drop = FALSE]
  if (nrow(rest)) steps <- rbind(steps, data.frame(step = nrow(steps), variable = rownames(rest), value = rest$AIC))
  list(fit = fit, steps = steps)
}

by_p <- function(fit, keep, threshold) {
  steps <- NULL
  repeat {
    without <- drop1(fit, setdiff(attr(terms(fit), "term.labels"), keep), test = "Chisq")[-1, , drop = FALSE]
    p <- without[["Pr(>Chi)"]]
    if (!length(p) || max(p) < threshold) break
    last <- which.max(p)
    steps <- rbind(steps, data.frame(step = NROW(steps) + 1, variable = rownames(without)[last], value = p[last]))
    fit <- update(fit, paste("~ . -", rownames(without)[last]))
  }
  rest <- data.frame(step = rep(NROW(steps) + 1, length(p)), variable = rownames(without), value = p)
  list(fit = fit, steps = rbind(steps, rest))
}

steps <- models <- NULL
for (case in names(cases)) {
  oracle <- read_oracle(sub("_.*", "", case))
  d <- cases[[case]](oracle$data)
  d$arm <- d$treated
  names <- setdiff(c(oracle$spec$cox$covariates, if (case == "veteran_repeated") "months"), oracle$spec$treatment$column)
  # more iterations would make R's information of an infinite coefficient vanish, and the coefficient NA
  full <- suppressWarnings(coxph(reformulate(c("arm", names), "Surv(time, event)"), d))
  for (keep in c("arm", "")) {
    found <- suppressWarnings(list(aic = by_aic(full, keep)))
    if (!grepl("repeated", case))
      found <- suppressWarnings(c(found, list("0.05" = by_p(full, keep, .05), "0.157" = by_p(full, keep, .157))))
    steps_of_r <- suppressWarnings(step(full, list(lower = reformulate(if (keep == "") "1" else keep)), trace = 0, direction = "backward"))
    stopifnot(setequal(attr(terms(steps_of_r), "term.labels"), attr(terms(found$aic$fit), "term.labels")))
    for (threshold in names(found)) {
      key <- data.frame(case, keep, threshold)
      steps <- rbind(steps, cbind(key, found[[threshold]]$steps))
      coefficients <- summary(found[[threshold]]$fit)$coefficients
      if (NROW(coefficients)) models <- rbind(models, cbind(key, term = rownames(coefficients), coef = coefficients[, "coef"],
                                                            p = coefficients[, "Pr(>|z|)"]))
    }
  }
}
steps$value <- format(steps$value, digits = 15, trim = TRUE)
models$coef <- format(models$coef, digits = 15, trim = TRUE)
models$p <- format(models$p, digits = 15, trim = TRUE)
write.csv(steps, "tests/golden/prognosis/steps.csv", row.names = FALSE, quote = FALSE)
write.csv(models, "tests/golden/prognosis/models.csv", row.names = FALSE, quote = FALSE)
