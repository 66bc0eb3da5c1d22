"""How commands and groups show their help: plain text in sections, which any screen can hold."""

from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose options are listed under the titles that they name."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, section by section."""
        _write_sections(self, ctx, formatter)


class Group(TyperGroup):
    """A group that lists its commands before its options."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands and options."""
        self.format_commands(ctx, formatter)
        _write_sections(self, ctx, formatter)


def _write_sections(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:
    sections: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        argument = parameter.param_type_name == "argument"
        title = getattr(parameter, "rich_help_panel", None)
        name, text = record
        if argument:  # its name says enough, and that it is needed is clear from the usage
            name, text = name.partition(" ")[0], text.removesuffix("  [required]")
        sections.setdefault(title or ("Arguments" if argument else "Options"), []).append(
            (name, text)
        )
    for title, records in sections.items():
        with formatter.section(title):
            formatter.write_dl(records)
