"""The enrolled patients with the imputed values of one data set."""

import pandas as pd

NUMBER = "imputation"  # the column of imputed.parquet with the number of the data set, from 1


def completed(enrolled: pd.DataFrame, imputed: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the enrolled patients with the values of a data set; their order, and other columns, stay.

    enrolled: patient_id and any variables; imputed: imputation, patient_id and the imputed variables, of every patient.
    """
    own = imputed[imputed[NUMBER] == number].set_index("patient_id").drop(columns=NUMBER)
    own = own.loc[enrolled["patient_id"], [name for name in own if name in enrolled]].set_axis(enrolled.index)
    return enrolled.assign(**{name: own[name] for name in own})
