"""The Kaplan-Meier curves of the report's page, traced in a real browser with a mouse, a finger and the keyboard."""

import json
import re

import pytest

from browser import opened
from tidy import read_tidy
from twoarm.text.rounding import half_up

pytestmark = pytest.mark.workflow
FIGURE = "figure[data-population='matched']"
ARMS, ENDPOINTS = ("TRP", "TR"), {"pfs": "Progression-free survival", "os": "Overall survival"}
POPULATIONS = {"matched": "Matched patients", "enrolled": "Enrolled patients"}


@pytest.fixture(scope="module")
def report(shipped):
    return shipped / "results/report/report.html"


@pytest.fixture(scope="module")
def rows(shipped) -> dict:
    """The values of the statistics by the parts of their key that differ."""
    table = read_tidy(shipped / "results/statistics/survival.csv")
    table = table[table["method"].isin(["kaplan_meier", "descriptive"])]
    key = ["population", "variable", "group", "level", "statistic"]
    return {tuple(part): value for *part, value in table[[*key, "value"]].itertuples(index=False)}


@pytest.fixture
def figure(report, chromium):
    with opened(chromium, report) as (page, errors):
        yield page.locator(FIGURE).first
        assert not any(errors.values())


def reading(figure) -> dict[str, list[str]]:
    """What the curves say at the chosen time, by the first cell of each row."""
    lines = figure.locator(".reading tr").all_inner_texts()
    return {line.split("\t")[0].strip(): [cell.strip() for cell in line.split("\t")[1:]] for line in lines}


def at(figure, time: int) -> dict[str, list[str]]:
    """The same at a time, chosen by the keyboard."""
    figure.locator(".plot").press("Home")
    for _ in range(time):
        figure.locator(".plot").press("ArrowRight")
    found = reading(figure)
    assert found.pop(f"At {time} months") == ["Survival, % (95% CI)", "At risk", "Events"]
    return found


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("population", POPULATIONS)
def test_what_the_curves_say_are_the_numbers_of_the_statistics(figure, rows, population, endpoint):
    figure.get_by_role("button", name=POPULATIONS[population]).click()
    figure.get_by_role("button", name=ENDPOINTS[endpoint]).click()
    times = sorted({int(level) for *_, level, statistic in rows if statistic == "at_risk"})
    assert times == [3, 6, 9, 12, 18]
    for time in times:
        found = at(figure, time)
        for arm in ARMS:
            share, low, high, number = (
                rows.get((population, endpoint, arm, str(time), name))
                for name in ("survival", "ci_low", "ci_high", "at_risk")
            )
            said = "–" if share != share else half_up(100 * share, 1)
            said += "" if low != low else f" ({half_up(100 * low, 1)}–{half_up(100 * high, 1)})"
            assert found[arm][:2] == [said, f"{number:.0f}"]
    figure.locator(".plot").press("End")
    events = [rows[population, endpoint, arm, "", "events"] for arm in ARMS]
    assert [reading(figure)[arm][2] for arm in ARMS] == [f"{number:.0f}" for number in events]
    estimates = [line.split("\t") for line in figure.locator(".estimates tbody tr").all_inner_texts()]
    medians = [rows[population, endpoint, arm, "", "median"] for arm in ARMS]
    assert [line[3].split()[0] for line in estimates] == [half_up(median, 1) for median in medians]
    assert [line[2] for line in estimates] == [f"{number:.0f}" for number in events]


def test_the_mouse_and_the_finger_choose_a_time(report, chromium):
    for screen in ("desktop", "phone"):
        with opened(chromium, report, screen) as (page, errors):
            figure = page.locator(FIGURE).first
            figure.scroll_into_view_if_needed()
            box = figure.locator(".plot").bounding_box()
            place = (box["x"] + box["width"] * 0.4, box["y"] + 150)
            before = reading(figure)
            page.touchscreen.tap(*place) if screen == "phone" else page.mouse.move(*place)
            assert reading(figure) != before
            chosen = float(figure.locator(".plot").get_attribute("aria-valuenow"))
            assert 5 < chosen < 15 and f"At {chosen:g} months" in reading(figure)
            assert not any(errors.values())


def test_the_band_ends_before_the_curve_where_few_patients_are_at_risk(figure, shipped):
    steps = json.loads((shipped / "results/data/traced_curves.json").read_text())["curves"]["matched"]["pfs"]["arms"]
    bands, lines = (
        figure.locator(f".plot {kind}").evaluate_all("paths => paths.map(path => path.getBBox().width)")
        for kind in ("path[opacity]", "path.line")
    )
    for curve, band, line in zip(steps, bands, lines, strict=True):
        share = curve["time"][curve["banded"]] / curve["time"][-1]
        assert share < 0.95 and band == pytest.approx(share * line, abs=1)


def test_the_curve_comes_first_and_its_controls_below_say_what_they_do(report, chromium):
    for screen, how in {"desktop": "Point at the curve", "phone": "Touch the curve"}.items():
        with opened(chromium, report, screen) as (page, _):
            figure = page.locator(FIGURE).first
            parts = [".shown", ".plot", ".hint", ".reading", ".estimates", ".bar", ".exchange"]
            tops = [figure.locator(part).bounding_box()["y"] for part in parts]
            assert tops == sorted(tops)
            assert figure.locator(".hint").inner_text() == f"{how} to read a time."
            assert figure.locator(".shown").inner_text() == "Progression-free survival (%) Matched patients"
            assert all(len(name) > 2 for name in figure.locator(".bar button").all_inner_texts())


def test_a_reader_zooms_in_time_and_the_numbers_at_risk_follow(figure):
    def shown() -> list[str]:
        return figure.locator(".plot text[text-anchor='middle']").all_text_contents()

    whole = shown()
    assert len(whole) > 9 and whole[0] == "0"
    figure.get_by_role("button", name="Zoom in").click()
    assert shown() != whole
    figure.locator(".plot").press("-")
    assert shown() == whole
    figure.locator(".plot").press("+")
    figure.get_by_role("button", name="Whole follow-up").click()
    assert shown() == whole


def test_a_reader_who_listens_hears_the_curves(figure):
    at(figure, 6)
    heard = figure.get_by_role("status")
    heard.filter(has_text="6 months").wait_for(state="attached")
    assert re.fullmatch(
        r"6 months\. TRP: survival [\d.]+%, 95% confidence interval [\d.]+ to [\d.]+; \d+ at risk, \d+ events\. "
        r"TR: survival .*events\.",
        heard.inner_text(),
    )


def test_the_figure_as_printed_stays_for_readers_without_script_and_for_print(report, chromium, figure):
    curves, printed = figure.locator(".curves"), figure.locator(".picture")
    assert curves.is_visible() and not printed.is_visible()
    figure.get_by_role("button", name="Show the printed figure").click()
    assert printed.is_visible() and not curves.is_visible()
    figure.get_by_role("button", name="Show the curve to read").click()
    figure.page.emulate_media(media="print")
    assert printed.is_visible() and not curves.is_visible()
    with opened(chromium, report, "phone without script") as (page, _):
        assert page.locator(f"{FIGURE} .picture").first.is_visible()
        assert page.locator(".curves").count() == 0
