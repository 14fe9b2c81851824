"""All errors of a page in one list at its top, each leading to its box."""

from django.forms import Form


def summary(*forms: Form) -> list[dict[str, str]]:
    """The errors of forms as (text, anchor), in the order of their boxes."""
    found = []
    for form in forms:
        if not form.is_bound:
            continue
        found += [{"text": str(text), "anchor": ""} for text in form.non_field_errors()]
        for box in form:
            found += [
                {
                    "text": f"{box.label}：{text}" if box.label not in str(text) else str(text),
                    "anchor": box.auto_id,
                }
                for text in box.errors
            ]
    return found
