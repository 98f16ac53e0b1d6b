# overall.csv: the patients of both arms together, as the overall column of Table 1 describes them: without weights (mean,
# sd, quantile type 7, table) and with them (weighted.mean, cov.wt, Hmisc; Kish's effective size). Run from the repository's
# root: Rscript tests/golden/baseline/overall.R
source("tests/golden/weighting/oracles.R")
folder <- "tests/golden/baseline"
designs$none <- function(e, z) rep(1, length(z))

overall <- function(d, spec) {
  w <- d$weight
  numbers <- function(name) {
    x <- as.numeric(d[[name]])
    plain <- length(unique(w)) == 1
    quartiles <- if (plain) quantile(x, c(.25, .5, .75), type = 7) else
      Hmisc::wtd.quantile(x, w, c(.25, .5, .75), normwt = TRUE)
    spread <- if (plain) sd(x) else sqrt(cov.wt(matrix(x), w / sum(w))$cov[1])
    data.frame(variable = name, level = "", statistic = c("mean", "sd", "q1", "median", "q3"),
               value = c(weighted.mean(x, w), spread, quartiles))
  }
  counts <- function(name) {
    levels <- levels(droplevels(factor(d[[name]])))
    shares <- sapply(levels, function(level) 100 * weighted.mean(d[[name]] == level, w))
    n <- sapply(levels, function(level) sum(d[[name]] == level))
    data.frame(variable = name, level = levels, statistic = rep(c("n", "percent"), each = length(levels)),
               value = c(n, shares))
  }
  rbind(data.frame(variable = "", level = "", statistic = c("total", "effective_size"),
                   value = c(nrow(d), sum(w)^2 / sum(w^2))),
        do.call(rbind, lapply(spec$table1$continuous, numbers)),
        do.call(rbind, lapply(spec$table1$categorical, counts)))
}

write_answers(overall, "overall.csv", kinds = c("none", "ate", "ato"))
