"""Words by which the columns of hospitals' tables tell what they hold: English, German, French and Chinese."""

import re
import unicodedata

WORDS = {
    "id": "id patient patientid patid pat_id pid subject subjid usubjid mrn record case nr"
    " 编号 病历号 住院号 患者 病案号",
    "arm": "arm armcd group grp treat treatment treated trt tx rx regimen 组别 分组 治疗组 治疗方案 gruppe"
    " behandlung bras groupe traitement",
    "therapy": "therapy therapie drug hormon hormone horth chemo chemotherapy radiotherapy radiation"
    " immunotherapy 治疗 方案",
    "before": "prior previous history pre diag diagnosis birth dob age since prothrombin protime"
    " 既往 诊断 出生 病程 凝血 geburt vor",
    "after": "after post best response outcome followup 疗效 术后",
    "trait": "sex gender race ethnic ethnicity married smoker smoking stage grade 性别 分期 分级 geschlecht sexe",
    "outcome": "orr dcr complication complications conversion resection resected transfusion readmission 并发症 转化",
    "centre": "centre center hospital site inst institution clinic 医院 中心 klinik zentrum",
    "time": "time t days day weeks week months month years year futime survtime duration os pfs rfs dfs efs ttp"
    " 生存时间 生存期 随访 天数 zeit monate tage dauer temps mois",
    "followed": "time futime fu survtime survival followup os pfs rfs dfs efs ttp 生存 随访",
    "happened": "event dead death died deceased cens censor censored relapse relapsed recur recurrence recurred"
    " progress progression progressed 死亡 结局 事件 复发 进展 tod verstorben ereignis deces",
    "state": "status state 状态",
    "censoring": "cens censor censored censoring",
    "death": "death died dod deceased todesdatum tod 死亡 deces",
    "contact": "last contact lastcontact followup lfu fu lastfu 末次 随访 letzter letzte dernier",
    "assessment": "assess assessment scan imaging evaluation 评估 影像 复查",
    "progression": "progression progress pd relapse recurrence 进展 复发",
    "start": "start begin treatment therapy baseline index enrolled inclusion surgery operation randomisation"
    " randomization 治疗 开始 入组 首次 手术 beginn therapiebeginn debut",
    "birth": "birth birthdate dob birthday 出生 geburt geburtsdatum naissance",
    "overall": "os death dead died deceased survival 死亡 生存",
    "progressed": "pfs progress progression progressed ttp 进展",
    "recurred": "rfs dfs relapse relapsed recur recurrence recurred 复发",
}
# The values of an arm column that mean the comparator, of a state that mean an event, and pairs of yes and no.
BEST = {
    "CR": "cr complete complete_response completeresponse 完全缓解",
    "PR": "pr partial partial_response partialresponse 部分缓解",
    "SD": "sd stable stable_disease stabledisease 稳定 疾病稳定 病情稳定",
    "NON-CR/NON-PD": "non-cr/non-pd",
    "PD": "pd progressive progression progressive_disease progressivedisease 进展 疾病进展 病情进展",
    "NE": "ne not_evaluable notevaluable 无法评价 不可评估",
}
BEST = {word: response for response, words in BEST.items() for word in words.split()}  # {spelling: best response}
CONTROL = {
    "0",
    "no",
    "n",
    "none",
    "false",
    "control",
    "placebo",
    "standard",
    "obs",
    "observation",
    "untreated",
    "对照",
    "对照组",
    "安慰剂",
    "kontrolle",
}
EVENT = {"dead", "died", "death", "deceased", "event", "relapse", "progression", "死亡", "是", "tot", "verstorben"}
PAIRS = [
    ("是", "否"), ("有", "无"), ("阳性", "阴性"), ("ja", "nein"), ("j", "n"), ("oui", "non"), ("o", "n"), ("sí", "no"),
    ("si", "no"), ("+", "-"), ("positive", "negative"), ("pos", "neg"), ("present", "absent"),
]  # fmt: skip
MISSING = {
    "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "-", "--", ".", "?", "未查",
    "不详", "缺失", "k.A.", "unbekannt",
}  # fmt: skip
UNITS = {
    "days": "day days 天 日 tage jours",
    "weeks": "week weeks wk 周 wochen semaines",
    "months": "month months mo 月 monate mois",
    "years": "year years yr 年 jahre ans",
}
# Names for columns whose own name has no Latin letter.
ENGLISH = {
    "年龄": "age", "性别": "sex", "体重": "weight", "身高": "height", "分期": "stage", "生存时间": "survival_time",
    "死亡": "died", "肿瘤": "tumour", "吸烟": "smoker", "医院": "hospital",
}  # fmt: skip


def parts(name: str) -> set[str]:
    """The words of a column's name, in lower case without accents: {os, months} for `OS_months` and `osMonths`."""
    name = "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = set(re.findall(r"[^\W\d_]+", spaced.casefold()))
    return words | {name.casefold(), re.sub(r"\W|_", "", name.casefold())}


WORDS["event"] = f"{WORDS['happened']} {WORDS['state']}"


def says(name: str, role: str) -> bool:
    """Whether a column's name has a word of a role."""
    return _has(name, WORDS[role])


def is_word(name: str, role: str) -> bool:
    """Whether a column's name is nothing but a word of a role."""
    return name.strip().casefold() in WORDS[role].split()


def unit_of(name: str) -> str:
    """The unit of time that a column's name tells; empty if none."""
    return next((unit for unit, words in UNITS.items() if _has(name, words)), "")


def _has(name: str, words: str) -> bool:
    """Whether one of some words is a word of the name; one without spaces around (Chinese) anywhere in it."""
    own = parts(name)
    return any(word in own or not word.isascii() and word in name for word in words.split())


# The standard columns of lesions and adverse events: words of columns that likely hold them.
STANDARD = {
    "lesions": {
        "visit_date": "visit visitdate scan scandate date 检查日期 日期",
        "lesion_id": "lesion lesionid target_id 病灶",
        "site": "site organ location 部位",
        "role": "role type category",
        "diameter_mm": "diameter size mm 直径",
        "viable_mm": "viable enhancing viable_mm",
        "status": "status state",
        "evaluable": "evaluable",
        "reader": "reader radiologist",
    },
    "adverse_events": {
        "term": "term aeterm event toxicity ae 不良反应 不良事件",
        "grade": "grade ctcae toxgr aetoxgr 分级 级别 等级",
        "onset_date": "onset onsetdate start startdate date 日期",
    },
}


def standard_columns(names: list[str], table: str) -> dict[str, str]:
    """{standard column: a table's column}, by exact names first and then by words; each column once."""
    found = {standard: standard for standard in STANDARD[table] if standard in names}
    for standard, words in STANDARD[table].items():
        free = [name for name in names if name not in found.values() and _has(name, words)]
        if standard not in found and free:
            found[standard] = free[0]
    return found
