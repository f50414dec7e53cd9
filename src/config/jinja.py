"""The environment of every page template."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """``{{ url("orgs:school", key=school.key) }}``"""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def environment(**options: Any) -> Environment:
    """Jinja with Django's addresses; a name that nobody passed is an error, not an empty string."""
    options["undefined"] = StrictUndefined
    page = Environment(trim_blocks=True, lstrip_blocks=True, **options)
    page.globals.update(static=static, url=url)
    return page
