# The peer: what an R user chains by hand for the same study, as one script (MatchIt, survival, survminer).
# Usage: Rscript tests/benchmark/peer.R COHORT_DIR OUT_DIR [noplots]
# For timing alone: its reading of lesions is simple (no equivocal or backdated lesions), and Debian's MatchIt 4.5.1
# breaks calipers, so its pairs are not the study's.
suppressPackageStartupMessages({library(MatchIt); library(survival)})
arguments <- commandArgs(trailingOnly = TRUE)
cohort <- arguments[1]; out <- arguments[2]; plots <- !("noplots" %in% arguments)
if (plots) suppressPackageStartupMessages({library(survminer); library(ggplot2)})
dir.create(out, showWarnings = FALSE, recursive = TRUE)
table_of <- function(name) read.csv(file.path(cohort, name), stringsAsFactors = FALSE, na.strings = "")
write <- function(table, name) write.csv(table, file.path(out, name), row.names = FALSE)

# Cohort
p <- table_of("patients.csv")
for (d in c("treatment_start", "last_assessment", "last_contact", "death_date")) p[[d]] <- as.Date(p[[d]])
months <- function(from, to) as.numeric(to - from) / 30.4375
steps <- list(
  age = p$age >= 18 & p$age <= 80, hcc = p$hcc_diagnosis != "none", ecog = p$ecog <= 2, bclc = p$bclc %in% c("B", "C"),
  child_pugh = p$child_pugh_score <= 9, progressed = p$progressed_on_targeted == "yes",
  measurable = p$measurable_lesion == "yes", immunotherapy = p$prior_immunotherapy == "no",
  records = p$records_complete == "yes", other_cancer = p$other_malignancy == "no",
  comorbidity = p$severe_comorbidity == "no", local_therapy = p$other_local_therapy == "none",
  follow_up = months(p$treatment_start, p$last_contact) >= 3)
keep <- rep(TRUE, nrow(p)); attrition <- NULL
for (s in names(steps)) { attrition <- rbind(attrition, data.frame(step = s, n = sum(keep & !steps[[s]]))); keep <- keep & steps[[s]] }
write(attrition, "attrition.csv")
d <- p[keep, ]
d <- within(d, {
  trt <- as.integer(regimen == "TRP"); hepatitis <- hepatitis != "none"; ecog <- ecog == 2; child_pugh <- child_pugh_score > 6
  afp <- afp_ng_ml >= 400; line <- prior_targeted_lines == 1; dose <- regorafenib_mg == 80
  tumour_number <- intrahepatic_tumours > 3; tumour_diameter <- tumour_diameter_sum_cm > 10 })
covariates <- c("age", "sex", "cirrhosis", "hepatitis", "ecog", "bclc", "child_pugh", "afp", "line", "dose",
  "tumour_number", "tumour_diameter", "pvtt", "metastases", "prior_tace", "prior_curative")

# Matching and Table 1
m <- matchit(reformulate(covariates, "trt"), d, method = "nearest", distance = "glm", link = "linear.logit",
  caliper = .2, m.order = "largest")
write(as.data.frame(summary(m)$sum.matched), "balance.csv")
md <- match.data(m)
test_of <- function(x, trt) if (is.numeric(x)) t.test(x ~ trt)$p.value else {
  t <- table(x, trt); e <- suppressWarnings(chisq.test(t)$expected)
  if (any(t == 0) || min(e) < 2) fisher.test(t)$p.value else suppressWarnings(chisq.test(t, correct = min(e) <= 5)$p.value) }
baseline <- function(x) do.call(rbind, lapply(c(covariates, "n_tace"), function(v) data.frame(variable = v,
  cell = paste(capture.output(print(if (is.numeric(x[[v]])) tapply(x[[v]], x$trt, function(y) c(mean(y), sd(y))) else
    prop.table(table(x[[v]], x$trt), 2))), collapse = " "), p = test_of(x[[v]], x$trt))))
write(baseline(d), "baseline_before.csv"); write(baseline(md), "baseline_after.csv")

# Response: sums of targets against baseline and nadir, new lesions, non-targets
l <- table_of("lesions.csv"); l <- l[l$reader == "reader_1" & l$patient_id %in% d$patient_id, ]
l$visit_date <- as.Date(l$visit_date)
read_patient <- function(x, start, viable) {
  size <- ifelse(viable & x$site == "liver", x$viable_mm, x$diameter_mm); visits <- sort(unique(x$visit_date))
  sums <- sapply(visits, function(v) sum(size[x$visit_date == v & x$role == "target"]))
  b <- max(which(visits <= start)); nadir <- sums[b]; verdicts <- character(); days <- numeric()
  for (i in which(visits > start)) {
    now <- x[x$visit_date == visits[i], ]
    progressed <- any(now$status %in% "unequivocal_progression") || any(now$role == "new" & now$status %in% "present") ||
      (!is.na(sums[i]) && sums[i] >= 1.2 * nadir && sums[i] - nadir >= ifelse(viable, 0, 5) && sums[i] > nadir)
    verdicts <- c(verdicts, if (progressed) "PD" else if (is.na(sums[i])) "NE" else if (sums[i] == 0) "CR" else if (sums[i] <= .7 * sums[b]) "PR" else "SD")
    days <- c(days, as.numeric(visits[i] - start)); nadir <- min(nadir, sums[i], na.rm = TRUE)
    if (progressed) break }
  counted <- verdicts[verdicts != "SD" | days >= 84]
  best <- c("CR", "PR", "SD", "PD")[min(c(match(counted, c("CR", "PR", "SD", "PD")), 5), na.rm = TRUE)]
  list(best = best, pd = if (any(verdicts == "PD")) days[verdicts == "PD"][1] else NA) }
by_patient <- split(l, l$patient_id)
for (criterion in c("mrecist", "recist")) {
  r <- lapply(d$patient_id, function(i) read_patient(by_patient[[i]], d$treatment_start[d$patient_id == i], criterion == "mrecist"))
  d[[paste0("best_", criterion)]] <- sapply(r, `[[`, "best"); d[[paste0("pd_", criterion)]] <- sapply(r, `[[`, "pd") }
rates <- function(x, criterion) { best <- x[[paste0("best_", criterion)]]
  do.call(rbind, lapply(list(ORR = c("CR", "PR"), DCR = c("CR", "PR", "SD")), function(levels) { hit <- best %in% levels
    data.frame(t(tapply(hit, x$trt, mean)), p = test_of(hit, x$trt), low = binom.test(sum(hit), length(hit))$conf.int[1]) })) }
md <- merge(md, d[, c("patient_id", "best_mrecist", "best_recist", "pd_mrecist")], by = "patient_id")
write(rbind(rates(d, "mrecist"), rates(d, "recist"), rates(md, "mrecist"), rates(md, "recist")), "response.csv")

# Survival, subgroups, prognosis
outcomes <- function(x) within(x, {
  death <- as.numeric(death_date - treatment_start); first <- pmin(pd_mrecist, death, na.rm = TRUE)
  pfs_event <- !is.na(first); pfs <- ifelse(pfs_event, first, as.numeric(last_assessment - treatment_start)) / 30.4375
  os_event <- !is.na(death); os <- ifelse(os_event, death, as.numeric(last_contact - treatment_start)) / 30.4375 })
d <- outcomes(d); md <- outcomes(md)
survival_of <- function(x, endpoint, by) {
  f <- as.formula(sprintf("Surv(%s, %s_event) ~ %s", endpoint, endpoint, by))
  fit <- survfit(f, x); cox <- summary(coxph(f, x))
  data.frame(median = t(summary(fit)$table[, "median"]), p = pchisq(survdiff(f, x)$chisq, 1, lower.tail = FALSE),
    hr = cox$conf.int[1], low = cox$conf.int[3], high = cox$conf.int[4], zph = cox.zph(coxph(f, x))$table[1, 3]) }
write(do.call(rbind, lapply(list(d, md), function(x) rbind(survival_of(x, "pfs", "trt"), survival_of(x, "os", "trt")))), "survival.csv")
for (s in c("dose", "line")) {
  write(do.call(rbind, lapply(0:1, function(a) survival_of(md[md$trt == a, ], "pfs", s))), sprintf("subgroup_%s.csv", s))
  interaction <- anova(coxph(as.formula(sprintf("Surv(pfs, pfs_event) ~ trt * %s", s)), md)) }
uni <- do.call(rbind, lapply(c("trt", covariates), function(v) {
  s <- summary(coxph(as.formula(paste("Surv(pfs, pfs_event) ~", v)), md)); data.frame(variable = v, s$conf.int, p = s$coefficients[, 5]) }))
multi <- coxph(reformulate(uni$variable[uni$p < .05], "Surv(pfs, pfs_event)"), md)
write(uni, "univariable.csv"); write(data.frame(summary(multi)$conf.int, cox.zph(multi)$table[1]), "multivariable.csv")

# Safety
e <- table_of("adverse_events.csv"); e <- e[e$patient_id %in% md$patient_id, ]
worst <- aggregate(grade ~ patient_id + term, e, max)
write(do.call(rbind, lapply(unique(worst$term), function(term) do.call(rbind, lapply(c(1, 3), function(low) {
  hit <- md$patient_id %in% worst$patient_id[worst$term == term & worst$grade >= low]
  data.frame(term, low, t(tapply(hit, md$trt, sum)), p = if (any(hit)) test_of(hit, md$trt) else NA) })))), "safety.csv")

# Figures
if (plots) {
  save_plot <- function(plot, name) { png(file.path(out, name), 2100, 1800, res = 300); print(plot); dev.off() }
  for (x in c("pfs", "os")) { f <- as.formula(sprintf("Surv(%s, %s_event) ~ trt", x, x))
    fit <- do.call(survfit, list(f, data = md))
    save_plot(ggsurvplot(fit, data = md, risk.table = TRUE, pval = TRUE, conf.int = TRUE, surv.median.line = "hv"), paste0(x, ".png")) }
  for (s in c("dose", "line")) for (a in 0:1) { f <- as.formula(sprintf("Surv(pfs, pfs_event) ~ %s", s)); part <- md[md$trt == a, ]
    fit <- do.call(survfit, list(f, data = part))
    save_plot(ggsurvplot(fit, data = part, risk.table = TRUE, pval = TRUE), sprintf("%s_%d.png", s, a)) }
  save_plot(ggplot(uni, aes(exp.coef., variable, xmin = lower..95, xmax = upper..95)) + geom_pointrange() + scale_x_log10(), "forest.png")
  save_plot(ggplot(worst, aes(term)) + geom_bar() + coord_flip(), "safety.png") }
