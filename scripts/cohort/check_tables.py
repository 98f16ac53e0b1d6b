"""Read and check the raw tables, report every error at once, and keep only the columns that the config names.

A row in a message is the line of the file on which it begins (the header is line 1); it is the index of the tables
here. A patient's identifier is never printed; of a long cell only the beginning is.
"""

import re
from collections.abc import Collection

import pandas as pd
import pandera.pandas as pa

from twoarm.config.arms import ROLES, raw_values
from twoarm.config.date_formats import formats_of
from twoarm.config.derivation import derive
from twoarm.config.derived import after_enrolment, in_order, is_derived
from twoarm.config.keys import GRADE_5
from twoarm.config.levels import FLAG, FLAG_KEYS, declared_words, may_hold_numbers
from twoarm.config.sources import name_of, reading_of
from twoarm.config.standard_columns import ADVERSE_EVENTS, LESIONS
from twoarm.config.variables import CENTRE, level_of, numbers, raw_column, typed
from twoarm.config.wide_tables import columns_of, parts_of, unread_errors
from twoarm.config.written import plain_text
from twoarm.raw.consistency import (
    VALUES_SHOWN,
    alike_remarks,
    date_errors,
    era_errors,
    fatal_remarks,
    identity_errors,
    join_errors,
    observation_errors,
    order_errors,
)
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.table_file import read_table
from twoarm.raw.terms import folded
from twoarm.results.errors import REMARK, InputError, log_to
from twoarm.text.echo import closest_names, listed, rows_text, shown

EXCEL_DAY = re.compile(r"[2-5][0-9]{4}(\.[0-9]+)?")  # days since 1899, of the years 1954 to 2064
UTC = "+00:00"  # as twoarm.raw.workbook ends a moment that is no day
MARKED_NUMBER = re.compile(r"[-+]?[0-9]+([.,' ][0-9]+)+")
PLAIN_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
LONG_NUMBER = 5  # digits from which a number may identify a patient
NAMES = re.compile(
    rf"[^\W\d_]{{2}}|\d{{{LONG_NUMBER}}}"
)  # many different values like these in a column may identify patients
# How programs and people write a missing value; none of these names a patient, term, lesion or site.
NO_NAMES = {"na", "n/a", "nan", "null", "none", "-", "--", ".", "?", "#n/a"}
# What a study can declare where cells are empty: of a variable or an arm, not of the standard columns.
EMPTY = "`missing: allowed` would let it be empty"
EMPTY_ARM = "`arms: {others: leave_out}` leaves out and counts patients without an arm"
LARGEST, SMALLEST = 1e15, 1e-15  # beyond these, a number is a typing error and its square overflows


def check_tables(paths: dict, data: dict, arms: dict, variables: dict, endpoints: dict) -> dict[str, pd.DataFrame]:
    """Read and check the tables of a study.

    paths: {table (patients, lesions, adverse_events): file, or nothing if it is in a database}.
    The other arguments are parts of the config.
    Returns the typed tables, sorted by patient: patients (patient_id, arm, CENTRE if named, each variable),
    lesions and adverse_events (patient_id and their standard columns); all with `row`, the line of the file.
    Raises InputError with every error in every table.
    """
    contents = columns_by_table(data, arms, variables)
    names = {table: name_of(data.get(table, path)) for table, path in paths.items()}
    errors, tables, identifiers = [], {}, set()
    for table, path in paths.items():
        written = reading_of(data, table)
        parts = parts_of(contents[table], written.get("wide"))
        text, absent = read_text(path, names[table], written, columns_of(parts), identifiers)
        errors += absent
        if not absent and not len(text) and table != "adverse_events":  # a study may have no adverse events
            errors.append(f"{names[table]}: it has a header but no rows")
        elif not absent:
            if not len(text):
                print(f"{REMARK}{names[table]}: it has a header but no rows, so nobody had an adverse event")
            identifiers.update(text["patient_id"])
            rows = [part.rows(text, data.get("decimal", ".")) for part in parts]
            for part, own in zip(parts, rows, strict=True):
                errors += text_errors(names[table], own, {**contents[table], **part.columns}, data, identifiers)
            typed_parts = [typed_table(own, contents[table], data) for own in rows]
            tables[table] = pd.concat([own for own in typed_parts if len(own)] or typed_parts[:1])
            if table == "lesions" and "wide" in written:
                errors += unread_errors(names[table], text, rows)
            if table == "adverse_events" and "wide" in written:
                errors += identity_errors(names[table], text, data["id"])
            if table == "patients":
                for key in (key for key in contents[table] if (text[key] == "").all()):
                    print(f"{REMARK}{names[table]} column {contents[table][key]['column']}: every cell is empty")
                tables[table], more = with_derived(tables[table], variables, names[table])
                errors += more if not errors else []  # a wrong cell cannot be computed with
            else:
                tables[table] = without_repeats(names[table], tables[table], data)
    if "patients" in tables:
        name = names["patients"]
        arm_of = {value: arms[role]["value"] for role in ROLES for value in raw_values(arms[role])}
        tables["patients"]["arm"] = tables["patients"]["arm"].map(arm_of)
        errors += identity_errors(name, tables["patients"], data["id"])
        for remark in alike_remarks(name, tables["patients"], data["id"]):
            print(f"{REMARK}{remark}")
        errors += date_errors(name, tables["patients"], endpoints)
        errors += order_errors(name, tables["patients"], variables, data)
        for table in (table for table in tables if table != "patients"):
            file = names[table]
            errors += join_errors(file, tables[table], tables["patients"], data["id"])
            errors += era_errors(file, tables[table], {"visit_date", "onset_date"} & set(tables[table]), data)
            errors += observation_errors(file, tables[table], tables["patients"], variables, endpoints)
            for remark in fatal_remarks(file, tables[table], tables["patients"], variables, GRADE_5):
                print(f"{REMARK}{remark}")
    if errors:
        raise InputError(list(dict.fromkeys(errors)))  # the parts of a wide table share columns
    return {table: sorted_by_patient(content) for table, content in tables.items()}


def columns_by_table(data: dict, arms: dict, variables: dict) -> dict[str, dict[str, dict]]:
    """The columns to read of each table: {table: {standard name: how it is written, with its `column` in the file}}.

    The arguments are parts of the config. A flag has the words of every flag beside its own.
    """
    contents = {
        "patients": {
            name: {**variable, "column": raw_column(name, variable)}
            for name, variable in variables.items()
            if not is_derived(variable)
        },
        **{
            table: {
                name: {"empty": "", **column, "column": data["columns"][table].get(name, name)}
                for name, column in standard.items()
            }
            for table, standard in {"lesions": LESIONS, "adverse_events": ADVERSE_EVENTS}.items()
        },
    }
    contents["patients"]["arm"] = {"kind": "text", "column": arms["column"], "empty": EMPTY_ARM} | (
        {"missing": "allowed"}
        if arms.get("others") == "leave_out"
        else {"among": [value for role in ROLES for value in raw_values(arms[role])]}
    )
    if "centre" in data:
        contents["patients"][CENTRE] = {"kind": "text", "column": data["centre"], "empty": ""}
    for column in (column for columns in contents.values() for column in columns.values() if column["kind"] == "flag"):
        own = declared_words(column)  # come before those of every flag
        others = {key: [word for word in data.get(key, []) if word.casefold() not in own] for key in FLAG_KEYS}
        column |= {key: [*column.get(key, []), *others[key]] for key in FLAG_KEYS}
    return contents


def with_derived(patients: pd.DataFrame, variables: dict, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The patients with the derived variables that do not depend on who is enrolled, and the errors in these."""
    late = after_enrolment(variables)
    names = [key for key in in_order(variables) if key not in late]
    patients, errors, remarks = derive(patients, variables, names, name, patients["row"])
    for remark in remarks:
        print(f"{REMARK}{remark}")
    return patients, errors


def read_text(
    path: str, name: str, data: dict, columns: dict, identifiers: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Read the needed columns of a file as text under their standard names; returns them and the file's errors.

    name: of the file in messages; data: how it is written. identifiers: of patients, never repeated in a message.
    """
    wanted = {"patient_id": data["id"], **{key: column["column"] for key, column in columns.items()}}
    raw, errors, remarks = read_table(path, name, data, list(dict.fromkeys(wanted.values())))
    for remark in remarks:
        print(f"{REMARK}{remark}")
    if errors:
        return raw, errors
    absent = [wanted[key] for key in wanted if wanted[key] not in raw and not columns.get(key, {}).get("optional")]
    if absent:
        own = {*identifiers, *raw.get(data["id"], ())}
        has = [column for column in raw if column not in own]
        close = dict.fromkeys(near for column in absent for near in closest_names(column, has))
        what = f"there is no column {listed(dict.fromkeys(absent))}"
        what += f" (did you mean {listed(close)}?)" if close else ""
        return pd.DataFrame(), [f"{name}: {what}; the file has {listed(has)}"]
    text = pd.DataFrame({key: raw[column] for key, column in wanted.items() if column in raw})
    text = without_codes(name, text, columns, data.get("missing", []))
    return in_plain_writing(name, text, columns, data), []


def without_codes(name: str, text: pd.DataFrame, columns: dict, codes: Collection[str]) -> pd.DataFrame:
    """Empty the cells that hold a code for a missing value, and remark how many, by column.

    codes: of every column but the identifier's; a column may have more (`missing: [...]`).
    """
    counts = {}
    for key in text.columns.drop("patient_id"):
        own = columns[key].get("missing")
        coded = text[key].isin([*codes, *(own if isinstance(own, list) else [])])
        text[key] = text[key].mask(coded, "")
        if coded.any():
            counts[columns[key]["column"]] = int(coded.sum())
    if counts:
        by_column = listed(f"{column} {count}" for column, count in counts.items())
        print(f"{REMARK}{name}: cells with a code for a missing value are read as empty: {by_column}")
    return text


def in_plain_writing(name: str, text: pd.DataFrame, columns: dict, data: dict) -> pd.DataFrame:
    """The cells without marks of thousands, units, signs of detection and differences in case, where declared.

    It remarks how many values are beyond a limit of detection, by column.
    """
    counts = {}
    for key in text.columns.drop("patient_id"):
        text[key], limits = plain_text(text[key], columns[key], data)
        if limits:
            counts[f"{columns[key]['column']} ({columns[key]['detection']})"] = limits
    if counts:
        by_column = listed(f"{column} {count}" for column, count in counts.items())
        print(f"{REMARK}{name}: values beyond a limit of detection: {by_column}")
    return text


def without_repeats(name: str, table: pd.DataFrame, data: dict) -> pd.DataFrame:
    """A table of lesions or events without rows that are the same as one above, if data.duplicates says so."""
    again = table.drop(columns="row").duplicated()
    if data.get("duplicates", "refuse") != "drop" or not again.any():
        return table
    count = "1 row the same as one above is" if again.sum() == 1 else f"{again.sum()} rows the same as one above are"
    print(f"{REMARK}{name} {rows_text(list(table.index[again]))}: {count} left out")
    return table[~again]


def text_errors(
    name: str, text: pd.DataFrame, columns: dict, data: dict, identifiers: Collection[str] = ()
) -> list[str]:
    """Errors in single values: empty, not a number, out of range, an unknown level, not a date.

    text: every column as str; its index is the line of the file. identifiers: of patients, never repeated in a message.
    """
    checks = {"patient_id": pa.Column(str, [_check(lambda s: s != "", "a patient's identifier"), *_names()])}
    checks |= {key: pa.Column(str, _checks(columns[key], data)) for key in text.columns if key in columns}
    try:
        pa.DataFrameSchema(checks).validate(text, lazy=True)
    except pa.errors.SchemaErrors as refused:
        cases = refused.failure_cases.sort_values("index", kind="stable")  # pandera orders them by value
        errors = []
        for (key, expected), group in cases.groupby(["column", "check"], sort=False):
            column = columns.get(key, {}).get("column", data["id"])
            found = group.groupby("failure_case", sort=False)["index"].agg(list)
            hint = _hint(expected, list(found.index))
            if len(found) > VALUES_SHOWN and any(map(NAMES.search, found.index)):  # they may identify patients
                what = f"{len(found)} different texts, expected {expected}"
                errors.append(f"{name} {rows_text(group['index'])}, column {column}: found {what}{hint}")
                continue
            first, *others = [
                f"{name} {rows_text(rows)}, column {column}: found {_found(value, identifiers)}, expected {expected}"
                for value, rows in found.head(VALUES_SHOWN).items()
            ]
            errors += [first + hint, *others]
            if len(found) > VALUES_SHOWN:
                more = f"{len(found) - VALUES_SHOWN} more values like these, expected {expected}"
                errors.append(f"{name} column {column}: {more}")
        return errors
    return []


def _hint(expected: str, found: list[str]) -> str:
    """How cells like these could be read, if all refused cells of a column are of one usual kind; else empty."""
    if expected.startswith("a date") and all(EXCEL_DAY.fullmatch(text) for text in found):
        return " (these look like Excel's numbers of days: give the column a date format there, and save it again)"
    if expected.startswith("a date") and all(text.endswith(UTC) for text in found):
        return " (a moment in UTC, whose day depends on the place: write days as the hospital counts them)"
    if expected.startswith("a number") and all(MARKED_NUMBER.fullmatch(text) for text in found):
        return " (`data.decimal` and `data.thousands` say how numbers are written)"
    if expected.startswith("a number") and all(PLAIN_NUMBER.fullmatch(_plain_signs(text)) for text in found):
        return " (write it with the digits 0-9 and the hyphen -, without an apostrophe or invisible characters)"
    return ""


def _plain_signs(text: str) -> str:
    """A text whose full-width digits, dashes and invisible characters are the usual ones of numbers."""
    return folded(text).replace("\N{MINUS SIGN}", "-").lstrip("'\N{RIGHT SINGLE QUOTATION MARK}")


def _found(value: str, identifiers: Collection[str]) -> str:
    """A cell as quoted in a message, unless it identifies a patient; a short number does not."""
    for word in {value, *re.split(r"[\s,;|]+", value)}:
        if (
            word in identifiers
            and word
            and folded(word) not in NO_NAMES
            and not (word.isdigit() and len(word) < LONG_NUMBER)
        ):
            return "a patient's identifier"
    return shown(value or "nothing")


def _check(holds, expected: str) -> pa.Check:
    return pa.Check(holds, error=expected, ignore_na=False)


def _names() -> list[pa.Check]:
    return [_check(lambda s: ~s.map(folded).isin(NO_NAMES), "a name (delete the row if there is none)")]


def _checks(column: dict, data: dict) -> list[pa.Check]:
    """The checks of one column; a value that fails one check passes the later ones."""
    kind, checks = column["kind"], []
    if column.get("missing", "refused") == "refused":
        instead = column.get("empty", EMPTY)
        checks.append(_check(lambda s: s != "", f"a value ({instead})" if instead else "a value"))
    if kind == "text":
        if "among" in column:
            checks.append(_check(lambda s: s.isin(["", *column["among"]]), f"one of {listed(column['among'])}"))
        if "reserved" in column:
            own = f"another name, because {column['reserved']!r} means all of them together"
            checks.append(_check(lambda s: s.map(folded) != column["reserved"], own))
        checks += _names() if column.get("named") else []
        return checks
    mark = "" if data.get("decimal", ".") == "." else " with a decimal comma"
    mark += f" and {data['thousands']!r} between thousands" if "thousands" in data else ""
    mark += " and no thousands separators" if mark and "thousands" not in data else ""
    mark += f", alone or in {listed(column['cell_units'])}" if "cell_units" in column else ""
    several = "" if isinstance(data["date_format"], str) else " (in one of these ways only)"
    what = {
        "date": f"a date written {' or '.join(formats_of(data['date_format']))}{several}",
        "flag": "/".join(dict.fromkeys([*FLAG, *(word for key in FLAG_KEYS for word in column.get(key, []))])),
        "continuous": f"a number{mark}",
        "categorical": f"one of {listed(column.get('levels', {}))}{mark if may_hold_numbers(column) else ''}",
    }[kind]
    what = f"one of {listed(column['among'])}" if "among" in column else what

    def values(text: pd.Series) -> pd.Series:
        return typed(text, column, data["date_format"], data.get("decimal", "."))

    def readable(text: pd.Series) -> pd.Series:
        read = values(text)
        if "among" in column:  # numbers: R writes 1.0, which is read as 1
            read = read.where(read.isin(list(map(float, column["among"]))))
        return (text == "") | (level_of(read, column) if kind == "categorical" else read).notna()

    checks.append(_check(readable, what))
    if may_hold_numbers(column):
        low, high = column.get("range", (-LARGEST, LARGEST))

        def credible(text: pd.Series) -> pd.Series:
            read = numbers(text, data.get("decimal", "."))
            return read.isna() | read.between(low, high) & (read.eq(0) | read.abs().gt(SMALLEST))

        checks.append(_check(credible, f"{low:g} to {high:g}"))
    return checks


def typed_table(text: pd.DataFrame, columns: dict, data: dict) -> pd.DataFrame:
    """A checked text table with typed columns and `row`, the line of the file."""
    table = pd.DataFrame({"patient_id": text["patient_id"].astype(str)})
    for key in text.columns.drop("patient_id"):
        if columns[key]["kind"] == "text":
            table[key] = text[key]
        else:
            table[key] = typed(text[key], columns[key], data["date_format"], data.get("decimal", "."))
    return table.assign(row=table.index)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    tables = check_tables(
        paths={table: snakemake.input.get(table, "") for table in snakemake.output.keys()},  # noqa: SIM118 - Namedlist
        data=snakemake.params.data,
        arms=snakemake.params.arms,
        variables=snakemake.params.variables,
        endpoints=snakemake.params.endpoints,
    )
    for table, content in tables.items():
        content.to_parquet(snakemake.output[table], index=False)
