# R's own analysis of the synthetic cohort, from the raw tables alone: a third piece of code beside the generator and
# the workflow, against which both are held. Base R and survival only (MatchIt 4.5.1, Debian's, breaks calipers).
#
#   Rscript scripts/synthetic_cohort/verify_cohort.R resources/cohort tests/golden/hcc_trp
#
# Writes scores.csv (propensity and pair of each enrolled patient), responses.csv (best response and progression day of
# each) and statistics.csv (the workflow's tidy key columns and the value, 17 digits).

library(survival)
arguments <- commandArgs(trailingOnly = TRUE)
stopifnot(length(arguments) == 2)
raw <- arguments[1]
golden <- arguments[2]
dir.create(golden, recursive = TRUE, showWarnings = FALSE)

month <- 30.4375
sd_min_days <- 84
table_of <- function(name) read.csv(file.path(raw, name), encoding = "UTF-8", na.strings = character(0))

# ---- The tidy table ----

statistics <- list()
add <- function(analysis, population, group, variable, statistic, method, value, level = "", stratum = "") {
  statistics[[length(statistics) + 1]] <<- data.frame(
    analysis, population, stratum, group, variable, level, statistic, method, value = as.numeric(value)
  )
}

add_count <- function(analysis, population, group, variable, flag, level) {
  add(analysis, population, group, variable, "n", "descriptive", sum(flag), level)
  add(analysis, population, group, variable, "percent", "descriptive", 100 * mean(flag), level)
}

add_rate <- function(analysis, population, group, variable, flag, level) {
  exact <- 100 * binom.test(sum(flag), length(flag))$conf.int # Clopper-Pearson
  add(analysis, population, group, variable, "n", "descriptive", sum(flag), level)
  add(analysis, population, group, variable, "percent", "clopper_pearson", 100 * mean(flag), level)
  add(analysis, population, group, variable, "ci_low", "clopper_pearson", exact[1], level)
  add(analysis, population, group, variable, "ci_high", "clopper_pearson", exact[2], level)
}

# ---- Patients: eligibility and the printed levels ----

patients <- table_of("patients.csv")
days <- function(column) as.integer(as.Date(ifelse(patients[[column]] == "", NA, patients[[column]])))
start <- days("treatment_start")
patients$followed <- days("last_contact") - start
patients$died <- days("death_date") - start
patients$assessed <- days("last_assessment") - start

yes <- function(column) patients[[column]] == "yes"
eligible <- list(
  age = patients$age >= 18 & patients$age <= 80,
  hcc = patients$hcc_diagnosis != "none",
  ecog = patients$ecog <= 2,
  bclc = patients$bclc %in% c("B", "C"),
  child_pugh = patients$child_pugh_score <= 9,
  progressed = yes("progressed_on_targeted"),
  measurable = yes("measurable_lesion"),
  immunotherapy = !yes("prior_immunotherapy"),
  records = yes("records_complete"),
  other_cancer = !yes("other_malignancy"),
  comorbidity = !yes("severe_comorbidity"),
  local_therapy = patients$other_local_therapy == "none",
  follow_up = patients$followed / month >= 3
)
add("attrition", "screened", "overall", "", "total", "descriptive", nrow(patients))
left <- rep(TRUE, nrow(patients))
for (criterion in names(eligible)) {
  add("attrition", "screened", "overall", criterion, "n", "descriptive", sum(left & !eligible[[criterion]]))
  left <- left & eligible[[criterion]]
}
add("attrition", "enrolled", "overall", "", "total", "descriptive", sum(left))

levels_of <- list(
  sex = c("Male", "Female"), cirrhosis = c("Yes", "No"), hepatitis = c("Yes", "No"), ecog = c("0-1", "2"),
  bclc = c("B", "C"), child_pugh = c("A", "B"), afp = c("<400 ng/ml", "\u2265400 ng/ml"), line = c("2L", "3L+"),
  dose = c("80mg", "120-160mg"), tumour_number = c("\u22643", ">3"), tumour_diameter = c("\u226410cm", ">10cm"),
  pvtt = c("Yes", "No"), metastases = c("Yes", "No"), prior_tace = c("Yes", "No"), prior_curative = c("Yes", "No")
)
is_first <- function(p) list(
  sex = p$sex == "male", cirrhosis = p$cirrhosis == "yes", hepatitis = p$hepatitis != "none", ecog = p$ecog <= 1,
  bclc = p$bclc == "B", child_pugh = p$child_pugh_score <= 6, afp = p$afp_ng_ml < 400,
  line = p$prior_targeted_lines == 1, dose = p$regorafenib_mg == 80, tumour_number = p$intrahepatic_tumours <= 3,
  tumour_diameter = p$tumour_diameter_sum_cm <= 10, pvtt = p$pvtt == "yes", metastases = p$metastases == "yes",
  prior_tace = p$prior_tace == "yes", prior_curative = p$prior_curative == "yes"
)
enrolled <- patients[left, ]
enrolled <- enrolled[order(enrolled$patient_id), ]
first <- is_first(enrolled)
for (name in names(levels_of)) {
  enrolled[[name]] <- factor(levels_of[[name]][2 - first[[name]]], levels_of[[name]])
}
enrolled$treated <- enrolled$regimen == "TRP"

# ---- Propensity score and matching ----

model <- glm(
  reformulate(c("age", names(levels_of)), "treated"), binomial, enrolled, control = glm.control(1e-14, 100)
)
enrolled$logit <- round(predict(model), 10)
caliper <- 0.2 * sd(enrolled$logit)
enrolled$pair <- NA
free <- which(!enrolled$treated)
number <- 0
for (i in which(enrolled$treated)[order(-enrolled$logit[enrolled$treated])]) { # the highest score first
  distance <- abs(enrolled$logit[free] - enrolled$logit[i])
  if (length(free) > 0 && min(distance) <= caliper) {
    number <- number + 1
    enrolled$pair[c(i, free[which.min(distance)])] <- number
    free <- free[-which.min(distance)]
  }
}
add("matching", "enrolled", "overall", "", "pairs", "nearest_caliper", number)
add("matching", "enrolled", "overall", "logit", "caliper", "nearest_caliper", caliper)

# ---- Tumour response: the few rules that this cohort needs ----

lesions <- table_of("lesions.csv")
lesions <- lesions[lesions$reader == "reader_1" & lesions$patient_id %in% enrolled$patient_id, ]
lesions$day <- as.integer(as.Date(lesions$visit_date)) -
  as.integer(as.Date(enrolled$treatment_start))[match(lesions$patient_id, enrolled$patient_id)]
lesions$viable_mm <- as.numeric(lesions$viable_mm)

overall <- function(rows, criterion) {
  size <- if (criterion == "mrecist") ifelse(rows$site == "liver", rows$viable_mm, rows$diameter_mm) else rows$diameter_mm
  size[rows$evaluable != "yes"] <- NA
  visit_days <- sort(unique(rows$day))
  stopifnot(sum(visit_days <= 0) == 1)
  sums <- sapply(visit_days, function(d) sum(size[rows$day == d & rows$role == "target"]))
  floor_mm <- if (criterion == "mrecist") 0 else 5
  confirmed <- unique(rows$lesion_id[rows$role == "new" & rows$status == "present"])
  verdicts <- c()
  for (k in seq_along(visit_days)[-1]) {
    now <- rows[rows$day == visit_days[k], ]
    nadir <- min(sums[seq_len(k - 1)], na.rm = TRUE)
    growth <- sums[k] - nadir
    target <- now$role == "target"
    node <- now$site[target] == "lymph_node"
    sizes <- size[rows$day == visit_days[k]][target]
    others <- now$status[now$role == "non_target"]
    verdict <-
      if (any(now$role == "new" & now$lesion_id %in% confirmed & now$status != "absent")) "PD"
      else if ("unequivocal_progression" %in% others) "PD"
      else if (is.na(sums[k])) "NE"
      else if (growth > 0 && 5 * growth >= nadir && growth >= floor_mm) "PD" # a fifth, in whole millimetres
      else if (all(ifelse(node, sizes < 10, sizes == 0))) if (all(others == "absent")) "CR" else "PR"
      else if (10 * sums[k] <= 7 * sums[1]) "PR"
      else "SD"
    verdicts[as.character(visit_days[k])] <- verdict
  }
  verdicts
}

best <- function(verdicts) {
  on <- as.integer(names(verdicts))
  progression <- if ("PD" %in% verdicts) min(on[verdicts == "PD"]) else NA
  counted <- verdicts[(is.na(progression) | on <= progression) & !(verdicts == "SD" & on < sd_min_days)]
  ranked <- c("CR", "PR", "SD", "PD", "NE")
  list(best = ranked[min(match(c(counted, "NE"), ranked))], progression = progression)
}

by_patient <- split(lesions, lesions$patient_id)[enrolled$patient_id]
responses <- do.call(rbind, lapply(c("mrecist", "recist"), function(criterion) {
  found <- lapply(by_patient, function(rows) best(overall(rows, criterion)))
  data.frame(
    patient_id = enrolled$patient_id, criterion, best_response = sapply(found, `[[`, "best"),
    progression_day = sapply(found, `[[`, "progression")
  )
}))
by_mrecist <- responses[responses$criterion == "mrecist", ]
for (criterion in c("mrecist", "recist")) {
  enrolled[[criterion]] <- responses$best_response[responses$criterion == criterion]
}

# ---- Endpoints, in months ----

event_day <- pmin(by_mrecist$progression_day, enrolled$died, na.rm = TRUE)
enrolled$pfs <- ifelse(is.na(event_day), enrolled$assessed, event_day) / month
enrolled$pfs_event <- as.integer(!is.na(event_day))
enrolled$os <- ifelse(is.na(enrolled$died), enrolled$followed, enrolled$died) / month
enrolled$os_event <- as.integer(!is.na(enrolled$died))
matched <- enrolled[!is.na(enrolled$pair), ]
populations <- list(enrolled = enrolled, matched = matched)
arms <- list(TRP = TRUE, TR = FALSE)
contrast <- "TRP vs TR"

# ---- Tests of counts, by the paper's mixed rule ----

add_test <- function(analysis, population, variable, counts, level = "") {
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  if (nrow(counts) < 2) return(invisible())
  expected <- outer(rowSums(counts), colSums(counts)) / sum(counts)
  method <- if (any(counts == 0) || min(expected) < 2) "fisher" else if (min(expected) <= 5) "yates" else "pearson"
  p <- if (method == "fisher") fisher.test(counts)$p.value else
    suppressWarnings(chisq.test(counts, correct = method == "yates")$p.value)
  add(analysis, population, contrast, variable, "p_value", method, p, level)
}

yes_no_counts <- function(flag, treated) rbind(c(sum(flag & treated), sum(flag & !treated)),
                                               c(sum(!flag & treated), sum(!flag & !treated)))

rates <- list(ORR = c("CR", "PR"), DCR = c("CR", "PR", "SD"))
for (population in names(populations)) {
  data <- populations[[population]]
  for (arm in names(arms)) {
    own <- data[data$treated == arms[[arm]], ]
    add("baseline", population, arm, "", "total", "descriptive", nrow(own))
    for (variable in c("age", "n_tace")) {
      add("baseline", population, arm, variable, "mean", "descriptive", mean(own[[variable]]))
      add("baseline", population, arm, variable, "sd", "descriptive", sd(own[[variable]]))
    }
    for (variable in names(levels_of)) for (level in levels_of[[variable]]) {
      add_count("baseline", population, arm, variable, own[[variable]] == level, level)
    }
    for (criterion in c("mrecist", "recist")) {
      for (level in c("CR", "PR", "SD", "PD", "NE")) {
        add("response", population, arm, criterion, "n", "descriptive", sum(own[[criterion]] == level), level)
      }
      for (rate in names(rates)) {
        add_rate("response", population, arm, criterion, own[[criterion]] %in% rates[[rate]], rate)
      }
    }
  }
  add("baseline", population, contrast, "age", "p_value", "welch_t", t.test(age ~ treated, data)$p.value)
  p <- wilcox.test(n_tace ~ treated, data, exact = FALSE)$p.value
  add("baseline", population, contrast, "n_tace", "p_value", "mann_whitney", p)
  for (variable in names(levels_of)) {
    add_test("baseline", population, variable, table(data[[variable]], !data$treated))
  }
  for (criterion in c("mrecist", "recist")) {
    for (rate in names(rates)) {
      counts <- yes_no_counts(data[[criterion]] %in% rates[[rate]], data$treated)
      add_test("response", population, criterion, counts, rate)
    }
  }
}

# ---- Survival ----

add_median <- function(analysis, population, group, variable, data, stratum = "") {
  fit <- survfit(Surv(data[[variable]], data[[paste0(variable, "_event")]]) ~ 1)
  numbers <- summary(fit)$table
  add(analysis, population, group, variable, "total", "descriptive", nrow(data), stratum = stratum)
  add(analysis, population, group, variable, "events", "descriptive", numbers[["events"]], stratum = stratum)
  for (statistic in c(median = "median", ci_low = "0.95LCL", ci_high = "0.95UCL")) {
    name <- c(median = "median", `0.95LCL` = "ci_low", `0.95UCL` = "ci_high")[[statistic]]
    add(analysis, population, group, variable, name, "kaplan_meier", numbers[[statistic]], stratum = stratum)
  }
}

add_contrast <- function(analysis, population, group, variable, data, first, stratum = "") {
  outcome <- Surv(data[[variable]], data[[paste0(variable, "_event")]])
  p <- pchisq(survdiff(outcome ~ first)$chisq, 1, lower.tail = FALSE)
  add(analysis, population, group, variable, "p_value", "logrank", p, stratum = stratum)
  add_hazard_ratios(analysis, population, group, variable, cox(outcome ~ first), "cox", stratum)
}

cox <- function(formula, data = NULL) {
  coxph(formula, data, ties = "efron", model = TRUE, control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 200))
}

add_hazard_ratios <- function(analysis, population, groups, variables, fit, method, stratum = "") {
  numbers <- summary(fit)
  for (i in seq_along(groups)) {
    row <- function(statistic, value) {
      add(analysis, population, groups[i], variables[i], statistic, method, value, stratum = stratum)
    }
    row("hazard_ratio", numbers$conf.int[i, "exp(coef)"])
    row("ci_low", numbers$conf.int[i, "lower .95"])
    row("ci_high", numbers$conf.int[i, "upper .95"])
    row("p_value", numbers$coefficients[i, "Pr(>|z|)"])
  }
}

for (population in names(populations)) for (endpoint in c("pfs", "os")) {
  data <- populations[[population]]
  for (arm in names(arms)) add_median("survival", population, arm, endpoint, data[data$treated == arms[[arm]], ])
  add_contrast("survival", population, contrast, endpoint, data, data$treated)
}
for (variable in c("dose", "line")) for (arm in names(arms)) {
  analysis <- paste0("subgroup_", variable)
  own <- matched[matched$treated == arms[[arm]], ]
  levels <- levels_of[[variable]]
  for (level in levels) add_median(analysis, "matched", level, "pfs", own[own[[variable]] == level, ], arm)
  add_contrast(analysis, "matched", paste(levels, collapse = " vs "), "pfs", own, own[[variable]] == levels[1], arm)
}

# ---- Prognosis: progression-free survival of the matched ----

reference <- c(
  ecog = "0-1", bclc = "B", child_pugh = "A", afp = "<400 ng/ml", tumour_number = "\u22643", tumour_diameter = "\u226410cm"
)
names_of <- c("arm", "age", names(levels_of))
matched$arm <- matched$treated
groups <- sapply(names_of, function(variable) {
  if (variable == "arm") return(contrast)
  if (variable == "age") return("per unit")
  both <- levels_of[[variable]]
  paste(if (variable %in% names(reference)) rev(both) else both, collapse = " vs ")
})
for (variable in names(levels_of)) { # the reference first, as R wants it; else the last level
  base <- if (variable %in% names(reference)) reference[[variable]] else levels_of[[variable]][2]
  matched[[variable]] <- relevel(matched[[variable]], base)
}
chosen <- c()
for (variable in names_of) {
  fit <- cox(reformulate(variable, "Surv(pfs, pfs_event)"), matched)
  add_hazard_ratios("prognosis", "matched", groups[[variable]], variable, fit, "cox_univariable")
  if (summary(fit)$coefficients[1, "Pr(>|z|)"] < 0.05 || variable == "arm") chosen <- c(chosen, variable)
}
fit <- cox(reformulate(chosen, "Surv(pfs, pfs_event)"), matched)
add_hazard_ratios("prognosis", "matched", groups[chosen], chosen, fit, "cox_multivariable")
proportional <- cox.zph(fit)$table[, "p"]
for (variable in c(chosen, "global")) {
  p <- proportional[[if (variable == "global") "GLOBAL" else variable]]
  add("prognosis", "matched", "overall", variable, "p_value", "cox_zph", p)
}

# ---- Safety: each patient's worst grade of a term ----

events <- table_of("adverse_events.csv")
events <- events[events$patient_id %in% matched$patient_id, ]
worst <- tapply(events$grade, list(factor(events$patient_id, matched$patient_id), events$term), max, default = 0)
for (term in c("any", colnames(worst))) for (level in c("Any grade", "Grade 3-4")) {
  grade <- if (term == "any") apply(worst, 1, max) else worst[, term]
  flag <- if (level == "Any grade") grade >= 1 else grade %in% 3:4
  for (arm in names(arms)) {
    add_count("safety", "matched", arm, term, flag[matched$treated == arms[[arm]]], level)
  }
  add_count("safety", "matched", "overall", term, flag, level)
  if (any(flag)) add_test("safety", "matched", term, yes_no_counts(flag, matched$treated), level)
}

# ---- Write ----

full <- function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1))
write_table <- function(table, name) {
  write.csv(table, file.path(golden, name), row.names = FALSE, quote = FALSE, fileEncoding = "UTF-8", na = "")
}
statistics <- do.call(rbind, statistics)
statistics$value <- full(statistics$value)
write_table(statistics, "statistics.csv")
write_table(transform(enrolled[c("patient_id", "regimen", "logit", "pair")], logit = sprintf("%.10f", logit)), "scores.csv")
write_table(responses, "responses.csv")
cat(R.version.string, ", survival ", as.character(packageVersion("survival")), ": ", nrow(statistics), " statistics\n", sep = "")
