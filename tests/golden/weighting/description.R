# description.csv: weighted means, variances, quantiles, SMDs and variance ratios of the covariates.
# variance: cov.wt, which is MatchIt's and cobalt's; quantiles: Hmisc; differences: as cobalt's col_w_smd, denominators of
# the unweighted sample; smd_mahalanobis: as tableone's svyCreateTableOne (StdDiffFromLstMeans).
source("tests/golden/weighting/oracles.R")
variance <- function(x, w) cov.wt(matrix(x), w / sum(w))$cov[1]
arms_of <- function(d) list(treated = d[d$treated, ], control = d[!d$treated, ])

continuous <- function(d, name) {
  arms <- arms_of(d)
  x <- lapply(arms, function(a) as.numeric(a[[name]]))
  w <- lapply(arms, function(a) a$weight)
  m <- mapply(weighted.mean, x, w)
  v <- mapply(variance, x, w)
  q <- mapply(function(x, w) Hmisc::wtd.quantile(x, w, c(.25, .5, .75), normwt = TRUE), x, w)
  gap <- m[["treated"]] - m[["control"]]
  data.frame(variable = name, level = "",
             statistic = c("mean_treated", "mean_control", "variance_treated", "variance_control", "smd_treated", "smd_pooled",
                           "variance_ratio", paste0("quantile_", c("treated", "control"), rep(1:3, each = 2))),
             value = c(m, v, gap / sd(x$treated), gap / sqrt((var(x$treated) + var(x$control)) / 2), v[["treated"]] / v[["control"]],
                       t(q)))
}

categorical <- function(d, name) {
  arms <- arms_of(d)
  levels <- levels(droplevels(factor(d[[name]])))
  shares <- lapply(arms, function(a) sapply(levels, function(l) weighted.mean(a[[name]] == l, a$weight)))
  plain <- lapply(arms, function(a) sapply(levels, function(l) mean(a[[name]] == l)))
  gap <- shares$treated - shares$control
  denominator <- function(...) sqrt(rowMeans(sapply(list(...), function(p) p * (1 - p))))
  covariance <- function(p) { v <- -outer(p, p); diag(v) <- p * (1 - p); v }
  S <- (covariance(shares$treated[-1]) + covariance(shares$control[-1])) / 2
  whole <- sqrt(drop(t(gap[-1]) %*% MASS::ginv(S) %*% gap[-1]))
  rbind(
    data.frame(variable = name, level = rep(levels, 4), statistic = rep(c("share_treated", "share_control", "smd_treated", "smd_pooled"), each = length(levels)),
               value = c(shares$treated, shares$control, gap / denominator(plain$treated), gap / denominator(plain$treated, plain$control))),
    data.frame(variable = name, level = "", statistic = "smd_mahalanobis", value = whole)
  )
}

write_answers(function(d, spec) {
  rbind(do.call(rbind, lapply(spec$table1$continuous, continuous, d = d)),
        do.call(rbind, lapply(spec$table1$categorical, categorical, d = d)))
}, "description.csv", kinds = c("ate", "att", "ato", "atm", "att_truncated"))
