"""embudo doctor: look at machine and installation."""

from typing import TYPE_CHECKING

from embudo.cli.options import AsJson, examples

if TYPE_CHECKING:
    from embudo.applications.doctor import Diagnosis, Extra

EXAMPLES = examples("embudo doctor", "embudo doctor --json")


def command(as_json: AsJson = False) -> None:
    """Tell what this machine and this installation can do."""
    from embudo.applications.doctor import doctor
    from embudo.cli.document import write_document
    from embudo.cli.screen import conclude, facts, show

    found = doctor()
    if as_json:
        write_document(found)
        return
    show(facts(_facts(found)))
    lacking = [extra.name for extra in found.extras if extra.missing]
    missing = [f"pip install 'embudo[{','.join(lacking)}]'"] if lacking else []
    conclude(then=[*missing, "embudo demo", "embudo models"])


def _facts(found: "Diagnosis") -> list[tuple[str, object]]:
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    has = "multiplies" if found.bfloat16_products else "does not multiply"
    return [
        ("versions", versions),
        ("system", found.system),
        ("threads", f"{found.threads} of {found.processors} processors"),
        ("device", f"{found.device}, which {has} bfloat16 matrices itself"),
        ("precision", f'"auto" takes {found.auto_precision}'),
        *((f"extra {extra.name}", _state(extra)) for extra in found.extras),
        *(
            (f"{folder.source}", f"{folder.path}{'' if folder.exists else ' (not there)'}")
            for folder in found.folders
        ),
    ]


def _state(extra: "Extra") -> str:
    if extra.missing:
        return f"{extra.gives}: lacks {', '.join(extra.missing)}"
    return f"{extra.gives}: installed"
