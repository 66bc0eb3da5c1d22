"""Every error embudo raises on purpose.

Each one names the thing, the value and the way out, and inherits the builtin that a caller
would catch anyway::

    EmbudoError
    ├── ParameterError      ValueError         a hyper-parameter is outside its limits
    ├── DataError           ValueError         a row, a column or a cell cannot be used
    ├── UnknownDataError    FileNotFoundError  no such file and no such data set
    ├── ModelFileError      ValueError         a model file is damaged, foreign or too new
    │   └── CheckpointError                    a checkpoint belongs to another run
    ├── OutputError         OSError            a result could not be written
    ├── DivergenceError     ArithmeticError    training left the finite numbers
    └── MissingExtraError   ImportError        an optional dependency is not installed

Asking an estimator for results before ``fit`` raises scikit-learn's own ``NotFittedError``.
"""


class EmbudoError(Exception):
    """Base of every error that embudo raises on purpose."""


class ParameterError(EmbudoError, ValueError):
    """A hyper-parameter, or a combination of them, is outside its limits."""


class DataError(EmbudoError, ValueError):
    """The data cannot be used as they are; the message names row, column and value."""


class UnknownDataError(EmbudoError, FileNotFoundError):
    """The data name is neither a file nor a data set that embudo knows."""


class ModelFileError(EmbudoError, ValueError):
    """A model file is damaged, was not written by embudo, or needs a newer version."""


class CheckpointError(ModelFileError):
    """A checkpoint is intact but belongs to another run than the one resumed."""


class OutputError(EmbudoError, OSError):
    """A result could not be written; whatever stood at the path before is untouched."""


class DivergenceError(EmbudoError, ArithmeticError):
    """Training produced a value that is not finite; the last good state was kept."""


class MissingExtraError(EmbudoError, ImportError):
    """An optional dependency is missing; the message says how to install it."""

    @classmethod
    def of(cls, purpose: str, extra: str) -> "MissingExtraError":
        """Build the error for ``purpose``, which the extra called ``extra`` would provide."""
        return cls(f"{purpose} needs an optional package: pip install 'embudo[{extra}]'")
