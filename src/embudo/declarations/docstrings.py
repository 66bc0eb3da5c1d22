"""What a declaration inherits: the entries of a docstring that every model would repeat."""

import inspect
import re

_SECTIONS = ("Parameters", "Attributes")
_ENTRY = re.compile(r"^(\w+) : .*\n(?:[ ]+.*\n?|\n)+", re.M)


class Documented:
    """Base of classes whose docstrings take over what their bases say of parameters.

    A class with a Parameters section gets, behind the entries of its own, those of its bases in
    their order, as they stand there or as it words them itself; likewise for Attributes.
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Complete the docstring."""
        super().__init_subclass__(**kwargs)
        if entries(cls.__doc__, "Parameters"):
            cls.__doc__ = _completed(cls)


def entries(text: str | None, section: str) -> dict[str, str]:
    """Return a section's entries by name, each with its heading line."""
    found = _body(inspect.cleandoc(text or ""), section)
    if found is None:
        return {}
    return {entry[1]: f"{entry[0].rstrip()}\n" for entry in _ENTRY.finditer(found[0])}


def _completed(cls: type) -> str:
    text = inspect.cleandoc(cls.__doc__ or "")
    for section in _SECTIONS:
        inherited: dict[str, str] = {}
        for base in reversed(cls.__mro__[1:]):
            if base.__module__.startswith("embudo."):
                inherited |= entries(vars(base).get("__doc__"), section)
        own = entries(text, section)
        first = [entry for name, entry in own.items() if name not in inherited]
        then = [own.get(name, entry) for name, entry in inherited.items()]
        text = _replaced(text, section, "".join([*first, *then]))
    return text


def _replaced(text: str, section: str, body: str) -> str:
    found = _body(text, section)
    if found is None:
        return f"{text}\n\n{section}\n{'-' * len(section)}\n{body}"
    rest = text[found.end(1) :]
    return f"{text[: found.start(1)]}{body}" + (f"\n{rest}" if rest else "")


def _body(text: str, section: str) -> re.Match[str] | None:
    rule = "-" * len(section)
    pattern = rf"^{section}\n{rule}\n(.*?)(?=^\w[\w ]*\n-{{3,}}$|\Z)"
    return re.search(pattern, f"{text}\n", re.M | re.S)
