# R's glm on propensity models with outlying, skewed and oddly scaled covariates, and whether it warned.
#   Rscript tests/golden/propensity/make.R
# cases.csv: case, treated, x, y, z (z: a level a, b or c). answers.csv: case, term, coefficient, standard_error,
# certain (fitted probabilities of 0 or 1, of which glm warns), steps of glm's own default settings.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20260101)

study <- function(n) {
  d <- data.frame(x = sample(1:20, n, TRUE), y = round(rnorm(n, 60, 9), 1), z = sample(c("a", "b", "c"), n, TRUE))
  d$treated <- as.integer(runif(n) < plogis((d$x - 10) / 8 + (d$z == "b") / 2 - (d$y - 60) / 40))
  d
}
outlier <- function(value, arm, column = "x", many = 1, n = 80) {
  d <- study(n)
  d[[column]][which(d$treated == arm)[seq_len(many)]] <- value * seq_len(many)
  d
}
cases <- list(
  plain = study(80),
  outlier_treated = outlier(400000, 1),
  outlier_control = outlier(-400000, 0),
  outlier_against = outlier(400000, 0),
  outliers_both = rbind(outlier(400000, 1), outlier(-7e6, 0)),
  outlier_1e9 = outlier(1e9, 1),
  outliers_many = outlier(5000, 1, many = 6),
  outlier_y = outlier(-1e5, 1, "y"),
  skewed = local({ d <- study(150); d$x <- round(exp(rnorm(150, 4, 3)), 1); d$treated <- rbinom(150, 1, .45); d }),
  skewed_strong = local({ d <- study(150); d$x <- round(exp(rnorm(150, 4, 3)), 1); d$treated <- as.integer(log(d$x) + rnorm(150, 0, 2) > 4); d }),
  unit_tiny = local({ d <- study(80); d$x <- d$x / 1e7; d }),
  unit_huge = local({ d <- study(80); d$y <- d$y * 1e8; d }),
  far_from_zero = local({ d <- study(80); d$y <- d$y + 1e6; d }),
  little_overlap = local({ d <- study(60); d$x <- seq_len(60); d$treated <- as.integer(d$x > 30); d$treated[27:34] <- c(1, 0, 0, 1, 0, 1, 1, 0); d }),
  separated = local({ d <- study(60); d$treated <- as.integer(d$x > 10); d }),
  separated_but_for_ties = local({ d <- study(60); d$treated <- as.integer(d$x > 10); d$treated[d$x == 10] <- 0:1; d }),
  separated_by_two = local({ d <- study(60); d$treated <- as.integer(d$x + d$y > 70); d }),
  separated_outlier = local({ d <- study(60); d$treated <- as.integer(d$x > 10); d$x[which(d$treated == 1)[1]] <- 400000; d })
)

# vcov(fit) gives a patient whose probability is 0 or 1 the weight 2e-16, which an outlier of 1e9 turns into information.
standard_errors <- function(fit) {
  eta <- model.matrix(fit) %*% coef(fit)
  weight <- plogis(eta) * plogis(eta, lower.tail = FALSE)
  sqrt(diag(chol2inv(qr.R(qr(model.matrix(fit) * as.vector(sqrt(weight)), LAPACK = FALSE, tol = 0)))))
}

answers <- do.call(rbind, lapply(names(cases), function(name) {
  warned <- FALSE
  d <- cases[[name]]
  fit <- withCallingHandlers(
    glm(treated ~ x + y + z, binomial, d, control = list(epsilon = 1e-15, maxit = 200)),
    warning = function(w) { warned <<- warned || grepl("0 or 1", conditionMessage(w)); invokeRestart("muffleWarning") })
  default <- suppressWarnings(glm(treated ~ x + y + z, binomial, d))
  data.frame(case = name, term = names(coef(fit)), coefficient = coef(fit), standard_error = standard_errors(fit),
             certain = warned, converged = default$converged, steps = default$iter)
}))
columns <- c("case", "treated", "x", "y", "z")
written <- do.call(rbind, lapply(names(cases), function(name) cbind(case = name, cases[[name]])[columns]))
write.csv(format(written, digits = 17, trim = TRUE), file.path(folder, "cases.csv"), row.names = FALSE, quote = FALSE)
write.csv(format(answers, digits = 15, trim = TRUE), file.path(folder, "answers.csv"), row.names = FALSE, quote = FALSE)
