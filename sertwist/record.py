"""`record`: frozen dataclasses with slots that are made, and filled, at a fraction of the cost.

`dataclass(frozen=True, slots=True)` compiles six methods for every class when it is imported, which took a third of the
time of a `sertwist check` of a short script. Here only `__init__` is compiled; the others are the same for all records.
In everything else it is the same: `dataclasses.fields` and `replace` take records, and so do `match` and mypy.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["record"]

_T = TypeVar("_T")


@overload
def record(cls: type[_T], /) -> type[_T]: ...
@overload
def record(*, kw_only: bool = False) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[_T] | None = None, /, *, kw_only: bool = False) -> type[_T] | Callable[[type[_T]], type[_T]]:
    """Make a class a record.

    Args:
        cls: annotated as a dataclass is.
        kw_only: its fields are given by name.
    """
    if cls is None:
        return lambda each: _record(each, kw_only=kw_only)
    return _record(cls, kw_only=kw_only)


def _record(cls: type[_T], *, kw_only: bool) -> type[_T]:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    fields = dataclasses.fields(made)
    compared = [each.name for each in fields if each.compare]
    made._compared = attrgetter(*compared)  # noqa: SLF001 (ours)
    made.__init__ = _initializer(made, fields)
    for name, method in vars(_Record).items():
        if callable(method) and name not in cls.__dict__:
            setattr(made, name, method)
    found: type[_T] = made
    return found


def _initializer(cls: type, fields: Sequence[dataclasses.Field[Any]]) -> Callable[..., None]:
    """`__init__`, which sets each field past `__setattr__`, by its slot."""
    names: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    parameters, body = ["self"], []
    by_name = False
    for each in fields:
        name = each.name
        names[f"set_{name}"] = getattr(cls, name).__set__
        if each.kw_only and not by_name:
            parameters.append("*")
            by_name = True
        default, value = "", name
        if each.default is not dataclasses.MISSING:
            names[f"default_{name}"], default = each.default, f"=default_{name}"
        elif each.default_factory is not dataclasses.MISSING:
            names[f"make_{name}"], default = each.default_factory, "=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}"
        parameters.append(f"{name}{default}")
        body.append(f" set_{name}(self, {value})")
    source = f"def __init__({', '.join(parameters)}):\n" + "\n".join(body)
    exec(source, names)  # noqa: S102 (made of the names of fields alone)
    found: Callable[..., None] = names["__init__"]
    found.__qualname__ = f"{cls.__qualname__}.__init__"
    return found


class _Record:
    """What all records have."""

    _compared: Callable[[Any], object]  # the fields that tell one from another

    def __repr__(self) -> str:
        shown = [f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr]  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared(self) == self._compared(other)

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self) -> list[Any]:
        return [getattr(self, each.name) for each in dataclasses.fields(self)]  # type: ignore[arg-type]

    def __setstate__(self, state: list[Any]) -> None:
        for each, value in zip(dataclasses.fields(self), state, strict=True):  # type: ignore[arg-type]
            object.__setattr__(self, each.name, value)
