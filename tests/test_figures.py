"""What every figure takes from a config: labels as they are written, in letters that its font has."""

import pandas as pd
import pytest
from matplotlib.text import Text
from plotnine import aes, geom_point, ggplot

from twoarm.faults import StudyError
from twoarm.figures import new_figure, save
from twoarm.values import inside_sentence

MONEY = ">$50k vs <$50k"


def labelled(label: str):
    """A figure of matplotlib with a title, one with a labelled break, and one of plotnine with such a break."""
    figures = [new_figure(80, 40), new_figure(80, 40)]
    figures[0].suptitle(label)
    figures[1].subplots().set_yticks([0, 1], ["a", label])
    return [*figures, ggplot(pd.DataFrame({"x": [1], "y": [label]}), aes("x", "y")) + geom_point()]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_dollars_are_no_formula(kind, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("twoarm.figures.Figure.savefig", lambda figure, path, **_: drawn.append(figure))
    save(labelled(MONEY)[kind], [tmp_path / "f.svg"])
    drawn[0].draw_without_rendering()
    assert {text.get_parse_math() for text in drawn[0].findobj(Text) if text.get_text() == MONEY} == {False}


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_sign_that_the_font_lacks_is_refused(kind, tmp_path):
    with pytest.raises(StudyError, match=r"no sign '肝' \(in 'Stage 肝'\); write it in other letters"):
        save(labelled("Stage 肝")[kind], [tmp_path / "f.svg"])
    assert not (tmp_path / "f.svg").exists()
    save(labelled("Größe ≥ 3 – Łódź, β, II→III")[kind], [tmp_path / "f.svg"])


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Overall survival", "overall survival"),
        ("Time to HCC progression", "time to HCC progression"),
        ("PFS by MRI", "PFS by MRI"),
        ("T stage", "T stage"),
        ("", ""),
    ],
)
def test_a_label_inside_a_sentence_keeps_its_abbreviations(label, inside):
    assert inside_sentence(label) == inside
