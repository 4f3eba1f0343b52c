"""The `avp` module's class, made of its parts, and its selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.avp.sending import AttributesSent
from sertwist.modules.avp.values import AttributeValues
from sertwist.modules.reading.tails import VALUE_TAIL
from sertwist.script import attributes
from sertwist.script.declare import ANY_NAME, Kind, Parameter, Select

if TYPE_CHECKING:
    from sertwist.script.attributes import AttributeName
    from sertwist.script.context import RouteContext

__all__ = ["AvpModule"]


class AvpModule(AttributeValues, AttributesSent):
    """Attributes of SER."""

    name = "avp"
    help = "Functions on attributes of SER: set, compare, substitute, put into the message."

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="xlbuf_size", kind=Kind.NUMBER, ignored="texts have no buffer of a fixed size"),
    )

    def selects(self) -> list[Select]:
        """See `Module.selects`."""
        return [
            *super().selects(),
            *(
                Select(
                    path=(word, ANY_NAME),
                    get=_newest,
                    prepare=attributes.attribute_name,
                    kind=Kind.ANY,
                    tail=VALUE_TAIL,
                    module="avp",
                    help="The newest value of an attribute.",
                )
                for word in ("avp", "attr")
            ),
        ]


def _newest(ctx: RouteContext, name: AttributeName) -> str | int | None:
    return attributes.read_newest(ctx, name)
