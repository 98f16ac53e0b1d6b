"""A small study whose table a Chinese hospital exported: everything ready-made, in GBK."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from runs import REPO

N = 160


def patients() -> pd.DataFrame:
    """The table, as text: the combination prolongs survival."""
    random = np.random.default_rng(11)
    treated = random.random(N) < 0.45
    age = random.integers(35, 82, N)
    months = np.ceil(random.exponential(np.where(treated, 26, 15)) * 10).clip(1, 480) / 10
    return pd.DataFrame(
        {
            "编号": [f"住院{number:04d}" for number in range(1, N + 1)],
            "组别": np.where(treated, "联合组", "单药组"),
            "年龄": age,
            "性别": random.choice(["男", "女"], N, p=[0.7, 0.3]),
            "分期": random.choice(["Ⅱ期", "Ⅲ期", "Ⅳ期"], N, p=[0.3, 0.4, 0.3]),
            "乙肝": random.choice(["是", "否"], N),
            "甲胎蛋白": np.where(random.random(N) < 0.1, "未查", random.integers(2, 900, N).astype(str)),
            "生存时间": months,
            "死亡": np.where(random.random(N) < 0.7, "是", "否"),
            "备注": random.choice(["", "术后复查，未见异常", "外院随访"], N),
        }
    ).astype(str)


def write_chinese_study(folder: Path) -> Path:
    """Write the study's config and its table to a folder."""
    shutil.copytree(REPO / "tests/studies/chinese", folder, dirs_exist_ok=True)
    patients().to_csv(folder / "患者.csv", index=False, encoding="gbk")
    return folder
