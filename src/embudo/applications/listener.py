"""What an application says while it works."""


class Listener:
    """Hears notes and progress; override what you need."""

    def note(self, text: str) -> None:
        """Hear what was decided on the user's behalf, as a sentence."""

    def rows(self, done: int, total: int) -> None:
        """Hear how many rows are done, and how many there are."""

    def steps(self, done: int, total: int) -> None:
        """Hear how many steps of a computation are done, and how many there are."""


SILENT = Listener()
"""Hears everything and tells nobody."""
