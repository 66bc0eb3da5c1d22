"""embudo models: list the models."""

from embudo.cli.options import AsJson, examples

EXAMPLES = examples("embudo models", "embudo models --json")


def command(as_json: AsJson = False) -> None:
    """List the models that can be trained."""
    from embudo.applications.models import models
    from embudo.cli.document import write_document
    from embudo.cli.screen import columns, conclude, show

    found = models()
    if as_json:
        write_document({"models": found})
        return
    rows = [(model.name, model.class_name, model.summary) for model in found]
    show(columns(("model", "class", "what it is"), rows, text=3))
    conclude(then=[f"embudo train {model.name} --help" for model in found])
