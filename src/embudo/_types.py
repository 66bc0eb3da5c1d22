"""Names for tensor shapes and for the limits of parameters.

A limit written here once is checked before training, shown in the command line's help and
published in the REST schema.
"""

from typing import Annotated, TypeAlias

from annotated_types import Ge, Gt, Le, Lt

WholeNumber: TypeAlias = Annotated[int, Ge(0)]
PositiveInt: TypeAlias = Annotated[int, Ge(1)]
OneOrTwo: TypeAlias = Annotated[int, Ge(1), Le(2)]
AtLeastTwo: TypeAlias = Annotated[int, Ge(2)]
Sizes: TypeAlias = tuple[PositiveInt, ...]
PositiveFloat: TypeAlias = Annotated[float, Gt(0)]
NonNegativeFloat: TypeAlias = Annotated[float, Ge(0)]
Fraction: TypeAlias = Annotated[float, Ge(0), Lt(1)]
Probability: TypeAlias = Annotated[float, Gt(0), Lt(1)]
Share: TypeAlias = Annotated[float, Gt(0), Le(1)]
Seed: TypeAlias = Annotated[int, Ge(0), Le(2**32 - 1)]
