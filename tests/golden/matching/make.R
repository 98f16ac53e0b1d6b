# Matching beyond 1:1 nearest neighbours, by MatchIt 4.7.2 (not by the 4.5.1 of Debian, which violates calipers):
#   Rscript tests/golden/matching/make.R        from the repository's root
# matches.csv: each treated patient with each control. survival.csv: gbsg, complete sets of one treated patient and two controls, by the
# survival package.
suppressMessages({library(MatchIt); library(survival)})
stopifnot(packageVersion("MatchIt") == "4.7.2")
source("tests/golden/read_oracle.R")
folder <- "tests/golden/matching"
strata <- c(gbsg = "meno", lalonde = "race", rossi = "race", lung = "ph_ecog", veteran = "celltype")

settings <- function(name, covariates) {
  limit <- .2
  list(
    ratio_2 = list(ratio = 2, caliper = limit),
    ratio_2_no_caliper = list(ratio = 2),
    ratio_3_smallest = list(ratio = 3, caliper = limit, m.order = "smallest"),
    age_5 = list(caliper = c(limit, age = 5), std.caliper = c(TRUE, FALSE)),
    age_sd = list(caliper = c(limit, age = .25), std.caliper = c(TRUE, TRUE)),
    exact = list(caliper = limit, exact = reformulate(strata[[name]])),
    mahalanobis = list(caliper = limit, mahvars = reformulate(covariates)),
    mahalanobis_ratio_2 = list(ratio = 2, caliper = limit, mahvars = reformulate(covariates))
  )
}

matches <- survival <- NULL
for (name in names(strata)) {
  oracle <- read_oracle(name)
  d <- oracle$data
  rownames(d) <- d$id
  covariates <- oracle$spec$ps$covariates
  for (setting in names(settings(name, covariates))) {
    given <- modifyList(list(m.order = "largest"), settings(name, covariates)[[setting]])
    m <- suppressWarnings(do.call(matchit, c(
      list(reformulate(covariates, "treated"), d, method = "nearest", distance = d$logit), given)))
    found <- as.data.frame(as.table(m$match.matrix), stringsAsFactors = FALSE)
    found <- found[!is.na(found$Freq), ]
    matches <- rbind(matches, data.frame(name, setting, treated = found$Var1, control = found$Freq))
    if (all(!is.na(m$match.matrix))) {  # the reason why complete sets need no weighted analysis
      stopifnot(abs(m$weights[m$weights > 0] - 1) < 1e-12)
      cat(name, setting, "has complete sets, and the weight of everybody is 1\n")
    }
    if (setting == "ratio_2" && name == "gbsg") {
      sets <- m$match.matrix[complete.cases(m$match.matrix), ]
      together <- rep(seq_len(nrow(sets)), 3)
      s <- d[c(rownames(sets), sets[, 1], sets[, 2]), ]
      fit <- summary(coxph(Surv(rfstime, status) ~ treated, s, cluster = together))
      test <- survdiff(Surv(rfstime, status) ~ treated + strata(together), s)
      survival <- data.frame(sets = nrow(sets), hazard_ratio = exp(fit$coef[1, "coef"]), ci_low = fit$conf.int[1, "lower .95"],
                             ci_high = fit$conf.int[1, "upper .95"], p_cox = fit$coef[1, "Pr(>|z|)"],
                             p_logrank = pchisq(test$chisq, 1, lower.tail = FALSE))
    }
  }
}
write.csv(matches, file.path(folder, "matches.csv"), row.names = FALSE, quote = FALSE)
write.csv(format(survival, digits = 15, trim = TRUE), file.path(folder, "survival.csv"), row.names = FALSE, quote = FALSE)
