"""The colours of all pages can be read, in light and in dark, and docs/design.md says how well."""

import re
from pathlib import Path

import pytest

from rosette import brand

_ROOT = Path(__file__).parents[2]
_CSS = (_ROOT / "src/rosette/static/site.css").read_text("utf-8")
_PAGE = (_ROOT / "docs/design.md").read_text("utf-8")


def _tokens(block: str) -> dict[str, brand.Colour]:
    return {
        name: brand.colour(value)
        for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)
    }


_LIGHT, _DARK = (_tokens(block) for block in re.findall(r":root \{(.*?)\n *\}", _CSS, re.S)[:2])
_READ = ("ink", "ink-soft", "brand", "brand-deep", "good", "warn", "bad", "calm")


@pytest.mark.parametrize("tokens", [_LIGHT, _DARK], ids=["light", "dark"])
def test_all_text_can_be_read(tokens):
    pairs = [(name, ground) for name in _READ for ground in ("paper", "card", "well")]
    pairs += [(name, f"{name}-pale") for name in ("good", "warn", "bad", "calm")]
    pairs += [("brand-deep", "brand-pale"), ("on-brand", "brand"), ("on-brand", "brand-deep")]

    unread = {
        pair: round(found, 2)
        for pair in pairs
        if (found := brand.contrast(tokens[pair[0]], tokens[pair[1]])) < 4.5
    }

    assert unread == {}
    assert brand.contrast(tokens["line-strong"], tokens["card"]) >= 3


def test_the_page_on_design_has_the_tokens_and_their_contrast():
    rows = re.findall(r"\| `--([\w-]+)` \| `(#\w+)` \| `(#\w+)` \|[^|]*\|([^|]*)\|", _PAGE)

    assert len(rows) == 11
    for name, light, dark, said in rows:
        assert (brand.colour(light), brand.colour(dark)) == (_LIGHT[name], _DARK[name]), name
        if said.strip():
            found = [brand.contrast(tokens[name], tokens["paper"]) for tokens in (_LIGHT, _DARK)]
            assert said.strip() == " / ".join(f"{ratio:.1f}" for ratio in found), name


@pytest.mark.parametrize("chosen", ["#ffff00", "#000000", "#ffffff", "#777777", "#00ff88"])
def test_a_site_cannot_choose_a_colour_that_cannot_be_read(chosen):
    light, dark = brand.stylesheet(chosen, "#123456").split("@media")

    for block, ground in ((light, _LIGHT), (dark, _DARK)):
        made = _tokens(block)
        for surface in (ground["paper"], ground["card"], ground["well"], made["brand-pale"]):
            assert brand.contrast(made["brand"], surface) >= 4.5
            assert brand.contrast(made["brand-deep"], surface) >= 4.5
        assert brand.contrast(made["on-brand"], made["brand"]) >= 4.5


def test_no_page_has_a_style_or_script_of_its_own():
    for path in (_ROOT / "src/rosette/templates").rglob("*.html"):
        text = path.read_text("utf-8")
        if "email" in path.parts:  # programs for mail know no stylesheets
            continue
        assert not re.search(
            r"<style|\sstyle=|<script(?![^>]* src=)|\son[a-z]+=|javascript:", text
        ), path


def test_no_stylesheet_knows_left_from_right():
    # In languages that are written the other way, all pages turn round by themselves.
    sided = re.compile(
        r"(margin|padding|border|inset)-(left|right)\b|(text-align|float|clear): *(left|right)\b"
        r"|[\s;{](left|right): "
    )
    found = {
        path.name: [match[0] for match in sided.finditer(path.read_text("utf-8"))]
        for path in (_ROOT / "src/rosette/static").rglob("*.css")
        if "vendor" not in path.parts
    }

    assert len(found) > 10
    assert {name: matches for name, matches in found.items() if matches} == {}
