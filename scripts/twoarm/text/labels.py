"""Labels in running text."""


def inside_sentence(label: str) -> str:
    """A label inside a sentence: `overall survival`, but `PFS by MRI` as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
