"""
What templates do with the texts of others (``{% load texts %}``): none of it is trusted.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

register = template.Library()

_TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


class _Renderer(RendererHTML):
    """Headings two levels down, below those of the page around them."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        for token in tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        rendered: str = super().render(tokens, options, env)
        return rendered


# Pictures would be fetched from elsewhere and tell who looks; the link to them stays.
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    .enable(["table", "strikethrough"])
    .disable("image")
)


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as HTML that neither runs nor fetches anything."""
    clean = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )
    return mark_safe(clean)  # noqa: S308 -- nh3 has the last word


@register.filter
def link(url: str) -> str:
    """``url``, or nothing if it is no address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


@register.filter
def shortened(url: str) -> str:
    """``url`` as people read it: without scheme, and without a slash at its end."""
    return url.partition("://")[2].rstrip("/") or url


@register.filter
def masked(identity: str) -> str:
    """
    An identity that is recognised by whoever knows it: ``b•••@example.org``, ``•••67``.

    The web address of a person is public by nature, so it stays.
    """
    name, at, domain = identity.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return identity if link(identity) else f"•••{identity[-2:]}"


def kept_private(kind: str) -> str:
    """How somebody is spoken of whose identity, of this kind, the award does not show."""
    kept = {
        "email": _("the owner of an email address that is kept private"),
        "telephone": _("the owner of a telephone number that is kept private"),
    }
    return kept.get(kind) or _("somebody whose identity is kept private")
