"""A table is read in the encoding that the config declares; a wrong one is told, never guessed."""

import pandas as pd
import pytest

from twoarm.raw.raw_table import read_raw_table
from twoarm.raw.text_file import is_encoding, likely_encodings

CHINESE = "编号,年龄,备注\nP1,61,未查\n\nP2,58,乙型肝炎\n"
GERMAN = (
    "编号,年龄,备注\nP1,61,Größe\n\nP2,58,Müller\n".replace("编号", "id").replace("年龄", "age").replace("备注", "n")
)
JAPANESE = "番号,年齢,備考\nP1,61,男性\n\nP2,58,肝炎あり\n"
ENCODINGS = {
    CHINESE: ["utf-8", "utf-8-sig", "gb18030", "gbk", "GB2312", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
    GERMAN: ["latin-1", "ISO-8859-15", "cp1252", "windows-1252", "mac-roman", "utf-16"],
    JAPANESE: ["shift_jis", "cp932", "euc_jp", "iso2022_jp"],
}
CASES = [(text, encoding) for text, encodings in ENCODINGS.items() for encoding in encodings]


def read(folder, content, encoding):
    path = folder / "patients.csv"
    path.write_bytes(content)
    return read_raw_table(str(path), "patients.csv", ",", (), encoding)


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=[encoding for _, encoding in CASES])
def test_a_table_is_the_same_in_every_encoding(tmp_path, text, encoding):
    expected, _, _ = read(tmp_path, text.encode(), "utf-8")
    table, errors, remarks = read(tmp_path, text.encode(encoding), encoding)
    assert (errors, remarks) == ([], [])
    pd.testing.assert_frame_equal(table, expected)
    assert table.index.tolist() == [2, 4]


@pytest.mark.parametrize("mark", ["utf-16", "utf-32"])
def test_a_mark_of_unicode_decides_and_is_said(tmp_path, mark):
    table, errors, remarks = read(tmp_path, CHINESE.encode(mark), "utf-8")
    assert errors == []
    assert remarks == [f"patients.csv: it says that it is encoded in {mark.upper()}, and is read so"]
    assert table["备注"].tolist() == ["未查", "乙型肝炎"]
    assert read(tmp_path, CHINESE.encode("utf-8-sig"), "gbk")[2] == [
        "patients.csv: it says that it is encoded in UTF-8, and is read so"
    ]


WRONG = {
    "GBK as UTF-8": (CHINESE.encode("gbk"), "utf-8", "patients.csv line 1: found bytes", "gb18030"),
    "Shift-JIS as UTF-8": (JAPANESE.encode("cp932"), "utf-8", "patients.csv line 1: found bytes", "cp932"),
    "Latin-1 as GBK": (
        GERMAN.replace("ße", "").encode("latin-1"),
        "gbk",
        "patients.csv line 2: found bytes",
        "cp1252",
    ),
    "UTF-8 as ASCII": (GERMAN.encode(), "ascii", "patients.csv line 2: found bytes", "utf-8"),
    "UTF-16 without a mark": (GERMAN.encode("utf-16-be"), "utf-8", "it is encoded in UTF-16", "utf-16-be"),
    "UTF-8 as UTF-16": (GERMAN.encode() + b"\n" * (len(GERMAN.encode()) % 2 == 0), "utf-16", "line ", "utf-8"),
    "Windows as Latin-1": (
        "id,n\nP1,5 €\n".encode("cp1252"),
        "latin-1",
        "row 2: found the control",
        "set data.encoding: cp1252",
    ),
}


@pytest.mark.parametrize(("content", "encoding", "says", "instead"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_encoding_is_refused_and_the_likely_one_named(tmp_path, content, encoding, says, instead):
    table, errors, _ = read(tmp_path, content, encoding)
    assert table.empty
    assert says in errors[0]
    assert instead in errors[-1]
    assert len(errors) == 1 + (encoding == "latin-1")


def test_utf_8_read_as_declared_otherwise_is_said(tmp_path):
    _, errors, remarks = read(tmp_path, GERMAN.replace("ß", "ss").encode(), "latin-1")
    assert remarks == ["patients.csv: it is read as latin-1 because data.encoding says so, but it is also valid UTF-8"]


FEW_LETTERS = {
    "gb18030": ["是否", "有无", "男女", "阳阴", "甲乙", "中年", "年", "未查", "无肝癌", "Ⅱ期", "死亡", "存活"],
    "cp1252": ["äö", "éà", "Müller", "Größe", "naïve"],
    "cp1251": ["да", "нет", "мужской"],
    "cp949": ["남자", "여자입니다"],
}
LETTERS = [(encoding, text) for encoding, texts in FEW_LETTERS.items() for text in texts]


@pytest.mark.parametrize("rows", [30, 200])
@pytest.mark.parametrize(("encoding", "text"), LETTERS, ids=[text for _, text in LETTERS])
def test_few_letters_are_chinese_only_if_they_can_hardly_be_anything_else(encoding, text, rows):
    table = "patient_id,arm,age\n" + "".join(f"P{n:03},{text},{40 + n % 30}\n" for n in range(rows))
    found = likely_encodings(table.encode(encoding))
    assert (found[0] == "gb18030") == (encoding == "gb18030")


KANA = "P3,63,外来にて経過観察中である\nP4,64,肝炎があり治療を続けている\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [(CHINESE * 9, "gbk", "gb18030"), (JAPANESE + 20 * KANA, "cp932", "cp932"), (GERMAN * 9, "latin-1", "cp1252")],
)
def test_an_encoding_is_found_if_asked_for_and_said(tmp_path, text, written, found):
    text = text.partition("\n")[0] + "\n" + text.replace(text.partition("\n")[0] + "\n", "")
    expected, _, _ = read(tmp_path, text.encode(), "utf-8")
    table, errors, remarks = read(tmp_path, text.encode(written), "detect")
    assert errors == []
    assert remarks == [f"patients.csv: it looks like {found}, and is read so because of `encoding: detect`"]
    pd.testing.assert_frame_equal(table, expected)
    assert read(tmp_path, text.encode(), "detect")[2] == []
    assert read(tmp_path, text.encode("utf-16"), "detect")[2] == [
        "patients.csv: it looks like utf-16, and is read so because of `encoding: detect`"
    ]


def test_an_encoding_that_is_not_clear_is_refused(tmp_path):
    _, errors, _ = read(tmp_path, JAPANESE.encode("cp932"), "detect")
    assert len(errors) == 1 and "its encoding is not clear" in errors[0] and "cp932" in errors[0]
    assert read(tmp_path, b"%PDF" + bytes(range(256)), "detect")[1] == [
        "patients.csv: it is a PDF, not text; save it as CSV UTF-8"
    ]


def test_names_of_encodings():
    assert all(map(is_encoding, ["utf-8", "GBK", "gb18030", "Shift-JIS", "latin1", "windows-1252", "utf-16"]))
    assert not any(map(is_encoding, ["", "unicode", "utf8\0", "\ud800", "base64", "rot13", "unicode_escape", "idna"]))


def test_rows_without_any_value_are_skipped_and_counted(tmp_path):
    table, errors, remarks = read(tmp_path, b"id,age\nP1,61\n,\n , ,\nP2,58\n", "utf-8")
    assert errors == []
    assert table.index.tolist() == [2, 5]
    assert remarks == ["patients.csv rows 3 and 4: 2 rows without any value are skipped"]
    assert read(tmp_path, b"id,age\n,\nP2,58\n", "utf-8")[2] == [
        "patients.csv row 2: a row without any value is skipped"
    ]
