"""The error of all functions."""

from __future__ import annotations


class BertieError(ValueError):
    """An input, an option or a model that cannot be used. The message says what is wrong, and how to fix it."""


def choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Returns the value, or raises BertieError if it is not one of the choices."""
    if value not in choices:
        raise BertieError(f"{name} is {value!r}. Expected {', '.join(map(repr, choices))}.")
    return value
