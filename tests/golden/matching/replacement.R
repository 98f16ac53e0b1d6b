# Matching with replacement and with a variable ratio, and MatchIt's weights, by MatchIt 4.7.2 (see make.R):
#   Rscript tests/golden/matching/replacement.R        from the repository's root
# replacement.csv: each treated patient with each control. weights.csv: the weights of the matched controls.
suppressMessages(library(MatchIt))
stopifnot(packageVersion("MatchIt") == "4.7.2")
source("tests/golden/weighting/oracles.R")
folder <- "tests/golden/matching"
strata <- c(gbsg = "meno", lalonde = "race", rossi = "race", lung = "ph_ecog", veteran = "celltype")

settings <- function(name, covariates) list(
  replace = list(replace = TRUE),
  replace_caliper = list(replace = TRUE, caliper = .2),
  replace_ratio_3 = list(replace = TRUE, caliper = .2, ratio = 3),
  replace_exact = list(replace = TRUE, caliper = .2, exact = reformulate(strata[[name]])),
  replace_age_5 = list(replace = TRUE, caliper = c(.2, age = 5), std.caliper = c(TRUE, FALSE), ratio = 2),
  replace_mahalanobis = list(replace = TRUE, caliper = .2, mahvars = reformulate(covariates)),
  incomplete = list(caliper = .2, ratio = 2),
  variable = list(caliper = .2, ratio = 1.5, min.controls = 1, max.controls = 3)
)

pairs <- weights <- NULL
for (name in names(strata)) {
  oracle <- read_oracle(name)
  d <- oracle$data
  rownames(d) <- d$id
  covariates <- oracle$spec$ps$covariates
  for (setting in names(settings(name, covariates))) {
    m <- suppressWarnings(do.call(matchit, c(list(reformulate(covariates, "treated"), d, method = "nearest", distance = d$logit,
                                                  m.order = "largest"), settings(name, covariates)[[setting]])))
    found <- as.data.frame(as.table(m$match.matrix), stringsAsFactors = FALSE)
    found <- found[!is.na(found$Freq), ]
    pairs <- rbind(pairs, data.frame(name, setting, treated = found$Var1, control = found$Freq))
    own <- m$weights[m$weights > 0 & m$treat == 0]
    stopifnot(all(m$weights[m$treat == 1] %in% 0:1))
    weights <- rbind(weights, data.frame(name, setting, control = names(own), weight = format(own, digits = 15, trim = TRUE)))
  }
}
write.csv(pairs, file.path(folder, "replacement.csv"), row.names = FALSE, quote = FALSE)
write.csv(weights, file.path(folder, "weights.csv"), row.names = FALSE, quote = FALSE)
