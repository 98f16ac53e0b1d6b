# A data set of tests/oracle with its description, for the R scripts of the folders beside, which are run from the root of
# the repository: complete rows, factors, `treated`, the logit of the propensity score (rounded) and the score.
read_oracle <- function(name) {
  spec <- jsonlite::read_json(file.path("tests/oracle", name, "spec.json"), simplifyVector = TRUE)
  d <- read.csv(file.path("tests/oracle", name, spec$csv), na.strings = "")
  named <- c(spec$id, spec$treatment$column, spec$binary_outcomes, names(spec$levels), spec$ps$covariates,
             spec$table1$continuous, spec$table1$categorical, spec$cox$covariates, spec$subgroup$column,
             spec$endpoints$time, spec$endpoints$event)
  d <- d[complete.cases(d[unique(named)]), ]
  for (column in names(spec$levels)) d[[column]] <- factor(d[[column]], spec$levels[[column]])
  d$treated <- d[[spec$treatment$column]] == spec$treatment$treated
  fit <- glm(reformulate(spec$ps$covariates, "treated"), binomial, d, control = list(epsilon = 1e-15, maxit = 200))
  d$logit <- round(predict(fit), 10)
  d$score <- plogis(d$logit)
  if (length(spec$endpoints)) {
    d$time <- d[[spec$endpoints$time[1]]]
    d$event <- as.integer(d[[spec$endpoints$event[1]]] == spec$endpoints$event_value[1])
  }
  list(data = d, spec = spec)
}
