# Public data with weights from their propensity scores, for the R scripts of this folder, which are run from the root of
# the repository: Rscript tests/golden/weighting/weights.R
library(survival)
source("tests/golden/read_oracle.R")
names_of_oracles <- c("lalonde", "gbsg", "veteran", "lung", "rossi")
folder <- "tests/golden/weighting"

# The weights as their authors write them, from the probability and not from the logit.
designs <- list(
  ate = function(e, z) ifelse(z, 1 / e, 1 / (1 - e)),
  att = function(e, z) ifelse(z, 1, e / (1 - e)),
  ato = function(e, z) ifelse(z, 1 - e, e),
  atm = function(e, z) pmin(e, 1 - e) / ifelse(z, e, 1 - e),
  ate_stabilised = function(e, z) ifelse(z, mean(z) / e, mean(1 - z) / (1 - e)),
  att_stabilised = function(e, z) ifelse(z, 1, e / (1 - e) * mean(1 - z) / mean(z)),
  ate_truncated = function(e, z) {
    w <- ifelse(z, 1 / e, 1 / (1 - e))
    limits <- quantile(w, c(.01, .95), type = 7)
    pmin(pmax(w, limits[1]), limits[2])
  },
  att_truncated = function(e, z) {
    w <- ifelse(z, 1, e / (1 - e))
    limits <- quantile(w[!z], c(.01, .95), type = 7)
    ifelse(z, 1, pmin(pmax(w, limits[1]), limits[2]))
  }
)

# The answers of one function of (data with weight, spec) for each oracle and design, in one file.
write_answers <- function(answers_of, file, oracles = names_of_oracles, kinds = names(designs)) {
  all <- NULL
  for (name in oracles) {
    oracle <- read_oracle(name)
    for (kind in kinds) {
      oracle$data$weight <- designs[[kind]](oracle$data$score, oracle$data$treated)
      all <- rbind(all, cbind(name = name, design = kind, answers_of(oracle$data, oracle$spec)))
    }
  }
  write.csv(format(all, digits = 15, trim = TRUE, scientific = TRUE), file.path(folder, file), row.names = FALSE, quote = FALSE)
}
