"""Layers by the names of ``torch.nn``."""

from __future__ import annotations

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.neural.traced.binding import bind
from hybridcell.neural.traced.description import LayerDescription
from hybridcell.neural.traced.layers import convolution, dropout, linear, normalization, pooling, shape
from hybridcell.neural.traced.layers.base import TracedLayer as TracedLayer

#: Layer type -> class. Activations are besides in `shape.ACTIVATION_LAYERS`.
LAYERS: dict[str, type[TracedLayer]] = {
    cls.__name__: cls
    for module in (linear, convolution, pooling, normalization, dropout, shape)
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, TracedLayer) and cls.__module__ == module.__name__
    if not cls.__name__.startswith("_") and cls is not shape.Activation
}


def layer_types() -> tuple[str, ...]:
    """Return all types of layers that can be computed."""
    return (*LAYERS, *shape.ACTIVATION_LAYERS)


def make_layer(description: LayerDescription) -> TracedLayer:
    """Return the layer that is described.

    Raises
    ------
    InvalidValueError
        Naming the layer, the argument and what would be right.
    UnknownNameError
        There is no such type; the nearest one is named.
    """
    where = f"layer {description.id!r} ({description.type})"
    args = {str(name): value for name, value in description.args.items()}
    try:
        if description.type in shape.ACTIVATION_LAYERS:
            return shape.Activation(shape.ACTIVATION_LAYERS[description.type], args)
        if description.type not in LAYERS:
            raise unknown_name("layer type", description.type, layer_types())
        cls = LAYERS[description.type]
        _, known = bind(where, cls, (), args)
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in known.items()})
    except InvalidValueError as error:
        text = str(error)
        raise InvalidValueError(text if text.startswith(where) else f"{where}: {text}") from None
