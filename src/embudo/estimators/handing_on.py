"""What a model that starts from another one takes from it, and what it asks of it."""

from collections.abc import Mapping
from typing import Any

from embudo.errors import ParameterError
from embudo.estimators.contract import Contract
from embudo.modules.dbm import DBMModule
from embudo.modules.dbn import DBNModule
from embudo.modules.rbm import RBMModule

CAREFUL = 0.03
"""Share of a learning rate at which further training does not undo a start that is good."""


def shared_parameters(giver: Contract) -> dict[str, Any]:
    """Return the parameters that the model which goes on has in common with a fitted one."""
    return {
        "visible": giver.visible,
        "device": giver.device,
        "random_state": giver._progress.identity["seed"],
    }


def check_fits(model: str, asked: Mapping[str, Any], learned: Mapping[str, Any]) -> None:
    """Refuse to start a model from one of other columns or sizes.

    Raises
    ------
    ParameterError
        If what is asked for by a name is not what was learned.
    """
    for name, value in learned.items():
        if asked[name] != value:
            raise ParameterError(
                f"this {model} starts from a model with {name}={value!r}, but was asked for "
                f"{name}={asked[name]!r}: take the same, or clone it to start anew"
            )


def check_lowest(model: Contract, module: DBNModule | DBMModule, learned: RBMModule) -> None:
    """Refuse to put layers on a machine that is not the lowest of those asked for."""
    asked = {"columns": module.config["columns"], "hidden[0]": module.hidden_sizes[0]}
    found = {"columns": learned.config["columns"], "hidden[0]": learned.n_hidden}
    check_fits(type(model).__name__, asked, found)
