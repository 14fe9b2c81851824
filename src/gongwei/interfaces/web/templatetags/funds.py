"""Money on pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gongwei.settlement import money

register = template.Library()


@register.filter
def yuan(amount_fen: int | None) -> str:
    """An amount as 237,000.00; nothing for None."""
    return "" if amount_fen is None else money.yuan(amount_fen)


@register.filter
def yuan_or_dash(amount_fen: int | None) -> str:
    """An amount, a dash for none and for nought: columns of noughts hide what is there."""
    return money.yuan(amount_fen) if amount_fen else "—"


@register.simple_tag
def amount(amount_fen: int, url: str = "") -> SafeString:
    """An amount that opens to what it is made of; a dash for nought."""
    if not amount_fen:
        return format_html('<span class="text-secondary">{}</span>', "—")
    if not url:
        return format_html("{}", money.yuan(amount_fen))
    return format_html('<a href="{}">{}</a>', url, money.yuan(amount_fen))
