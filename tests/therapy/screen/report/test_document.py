"""The page of a screen in a real browser."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.screen.report import report_page
from hybridcell.therapy.screen.report.contents import report_data
from tests.browser import opened
from tests.therapy.screen.report.conftest import DRUGS, LEVELS

_HOLDS = "([id, text]) => document.getElementById(id).textContent === text"


@pytest.fixture(scope="module")
def path(screen, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    path = screen.to_html(folder / "screen.html", title="</title><script>alert(1)</script>")
    assert [p.name for p in folder.iterdir()] == ["screen.html"]
    return path


def test_the_page_is_one_document_that_names_escape_from_nowhere(screen, path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in text
    assert "<b>" not in text
    assert text.count("</script>") == 9  # those of the page itself
    assert report_page(screen)._repr_html_().startswith("<iframe sandbox=")
    assert "<iframe" not in screen._repr_html_()


def test_a_screen_on_the_disk_gives_the_same_page(ensemble, screen, tmp_path):
    stored = hc.screen_combinations(
        ensemble, readout="growth", drugs=DRUGS, doses=LEVELS, out=tmp_path / "screen.zarr"
    )
    assert report_page(stored) == report_page(screen)


def test_a_folder_is_refused(screen, tmp_path):
    with pytest.raises(InvalidValueError, match="is a folder"):
        screen.to_html(tmp_path)


def test_in_a_browser_a_cell_opens_its_pair(screen, path):
    with opened(path) as page:
        assert page.title() == "</title><script>alert(1)</script>"
        assert page.locator("#map .cell").count() == 6
        best = screen.top(1)
        assert page.text_content("#pair-title") == f"{best['drug_a'][0]} + {best['drug_b'][0]}"
        page.hover("#map .cell[data-pair='0']")
        assert "a + b" in page.text_content("#tip")
        assert "% of the members" in page.text_content("#tip")
        page.click("#map .cell[data-pair='0']")
        page.wait_for_function(_HOLDS, arg=["pair-title", "a + b"])
        assert page.url.endswith("#pair=a+b")
        assert page.locator("#plots svg").count() == 4
        assert page.locator("#plots path.isobole:not(.halo)").count() > 2
        # four measured conditions in each of two surfaces, two beside each curve
        assert page.locator("#plots svg circle.measured").count() == 2 * 4 + 2 * 2
        page.click("#numbers summary")
        page.wait_for_selector("#conditions tbody tr")
        rows = page.locator("#conditions tbody tr")
        assert rows.count() == 4 * 3
        surface = screen.surface("a", "b", "effect")
        shown = rows.last.locator("td").all_text_contents()
        assert shown[:2] == ["2", "2"]
        assert float(shown[3]) == pytest.approx(surface.iloc[-1, -1], abs=2e-3)
        upper = screen.surface("a", "b", "bliss_upper").iloc[-1, -1]
        assert float(shown[8].replace("−", "-")) == pytest.approx(upper, rel=0.01, abs=1e-4)


def test_the_table_is_searched_and_sorted(screen, path):
    with opened(path) as page:
        rows = page.locator("#pairs tbody tr")
        assert rows.count() == 6
        page.fill("#search", "β a")
        assert rows.count() == 1
        assert rows.first.locator("td").all_text_contents()[:2] == ["a", DRUGS[3]]
        page.fill("#search", '<B>&"q')
        assert rows.count() == 3
        page.fill("#search", "nobody")
        assert rows.count() == 0
        assert "No pair" in page.text_content("#found")
        page.fill("#search", "")
        page.select_option("#by", "effect")
        found = [float(x) for x in page.locator("#pairs tbody td:nth-child(5)").all_text_contents()]
        wanted = screen.top(6, by="effect")["effect"].to_list()
        assert found == pytest.approx(wanted, abs=1e-3)
        page.click("[data-sort='drug_b']")
        names = page.locator("#pairs tbody td:nth-child(2)").all_text_contents()
        assert page.locator("th[aria-sort='ascending']").text_content() == "Drug b"
        page.click("[data-sort='drug_b']")
        assert page.locator("#pairs tbody td:nth-child(2)").all_text_contents() != names
        page.click(f"#pairs tbody tr[data-row='{screen.design.pairs.index((2, 3))}'] td:last-child")
        page.wait_for_function(_HOLDS, arg=["pair-title", f"{DRUGS[2]} + {DRUGS[3]}"])
        assert page.is_checked("#even")  # doses from 0.01 to 1 would crowd


def test_the_keyboard_and_addresses_open_pairs(path):
    with opened(path) as page:
        page.click("#map .cell[data-pair='0']")
        page.focus("#map")
        for key in ("ArrowDown", "ArrowRight", "ArrowRight"):  # stops at the diagonal
            page.keyboard.press(key)
        assert f"b + {DRUGS[2]}" in page.text_content("#told")
        page.keyboard.press("Enter")
        page.wait_for_function(_HOLDS, arg=["pair-title", f"b + {DRUGS[2]}"])
        address = "names => location.hash = '#pair=' + names.map(encodeURIComponent).join('+')"
        page.evaluate(address, [DRUGS[3], "b"])
        page.wait_for_function(_HOLDS, arg=["pair-title", f"b + {DRUGS[3]}"])
        page.evaluate(address, ["a", "nobody"])
        page.wait_for_function(_HOLDS, arg=["told", "This screen has no such pair."])
        page.keyboard.press("/")
        page.keyboard.type("b")
        assert page.input_value("#search") == "b"


def test_dark_and_narrow_and_printed_pages_hold_all(path):
    with opened(path) as page:
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
        assert not page.is_visible("#controls")
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_one_model_without_data_and_two_drugs_is_a_page_too(tmp_path):
    model = hc.CellBox(["g", "a", "b"], ["phenotype", "drug", "drug"], [[0, 1, 1], [0, 0, 0], [0, 0, 0]])
    screen = hc.screen_combinations(model, readout="g", doses=2, input_range=-2.0)
    with opened(screen.to_html(tmp_path / "two.html")) as page:
        assert page.locator("#map .cell").count() == 1
        assert page.text_content("#pair-title") == "a + b"
        assert "P(synergy)" not in page.text_content("#pairs")
        assert not page.is_visible("#spread-note")
        page.click("#map .cell")
        assert page.locator("#plots svg").count() == 4


def test_pairs_that_were_left_out_are_in_the_map_only(screen, tmp_path, monkeypatch):
    few = partial(report_data, most_bytes=250)
    monkeypatch.setattr("hybridcell.therapy.screen.report.document.report_data", few)
    with opened(screen.to_html(tmp_path / "few.html")) as page:
        n = page.locator("#pairs tbody tr").count()
        assert 0 < n < 6
        assert f"the {n} pairs of 6" in page.text_content("#notes")
        assert page.locator("#map .cell").count() == 6
        assert page.locator("#map .apart").count() == 6 - n
        title = page.text_content("#pair-title")
        page.locator("#map .apart").first.click()
        assert page.text_content("#pair-title") == title
        assert "left out" in page.text_content("#told")
        assert "% of members" in page.text_content("#pairs")


def test_triples_have_a_table_of_their_own(triples, path, tmp_path):
    with opened(path) as page:
        assert not page.is_visible("#triple-list")
    with opened(triples.to_html(tmp_path / "triples.html")) as page:
        rows = page.locator("#triples tbody tr")
        assert rows.count() == 4
        best = triples.top(1, by="emergent", order=3).iloc[0]
        shown = rows.first.locator("td").all_text_contents()
        assert shown[:3] == list(best[["drug_a", "drug_b", "drug_c"]])
        page.select_option("#triple-by", "effect")
        effect = float(rows.first.locator("td").nth(6).text_content() or "")
        assert effect == pytest.approx(triples.top(1, by="effect", order=3)["effect"][0], abs=1e-3)
        page.fill("#triple-search", "<b> β")
        assert rows.count() == 2


def test_what_was_not_solved_is_gray_and_named(screen, tmp_path):
    responses = np.array(screen.responses)
    responses[:, screen.design.grid(0)[2, 1]] = np.nan
    holes = replace(screen, responses=responses, _summaries={})
    with opened(holes.to_html(tmp_path / "holes.html")) as page:
        page.evaluate("location.hash = '#pair=a+b'")
        page.wait_for_function(_HOLDS, arg=["pair-title", "a + b"])
        assert page.is_visible("#unsolved-note")
        fills = page.locator("#plots figure:first-child .patch").evaluate_all(
            "all => all.map(x => x.style.fill)"
        )
        assert fills.count("var(--unsolved)") == 4  # the squares around it
        page.click("#numbers summary")
        assert "–" in page.locator("#conditions tbody tr").nth(2 * 3 + 1).text_content()
