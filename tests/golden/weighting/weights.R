# weights.csv: what describes the weights of each arm, and a sum that weights each patient by their place.
source("tests/golden/weighting/oracles.R")
write_answers(function(d, spec) {
  do.call(rbind, lapply(c(TRUE, FALSE), function(arm) {
    w <- d$weight[d$treated == arm]
    data.frame(treated = as.integer(arm), patients = length(w), total = sum(w), mean = mean(w), sd = sd(w), smallest = min(w),
               largest = max(w), effective_size = sum(w)^2 / sum(w^2), by_place = sum(w * seq_along(w)))
  }))
}, "weights.csv")
