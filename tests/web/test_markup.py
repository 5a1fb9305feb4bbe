"""Markup: what comes from a stranger is shown as it is, and does nothing."""

import pytest

from web.markup import bar, heading, note, plain, table


@pytest.mark.parametrize("words", ["**a**", "<b>", ":red[a]", "$x$", "[a](b)", "a_b_", "# a", "`a`", "a|b", "&lt;"])
def test_markdown_is_escaped(words):
    escaped = plain(words)
    assert escaped.replace("\\", "") == words
    assert all(f"\\{c}" in escaped for c in words if c in "*<:$[_#`|&")


def test_lines_are_joined():
    assert plain("a\n\n# b") == "a \\# b"


def test_cells_and_captions_are_escaped():
    made = table("<i>", ("<b>", "Number"), [("<script>", "4071"), ("x", bar(0.5))])
    assert "<script>" not in made
    assert "<b>" not in made
    assert 'aria-label="&lt;i&gt;"' in made
    assert '<th scope="row">&lt;script&gt;</th><td>4071</td>' in made
    assert "width:50.0%" in made


@pytest.mark.parametrize("make", [heading, note])
def test_headings_and_notes_are_escaped(make):
    assert '<a href="x">' not in make('<a href="x">')
    assert "&lt;a" in make('<a href="x">')
