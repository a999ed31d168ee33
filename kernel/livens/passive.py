"""Another name of `livens.values.passive`, for the adapters of other distributions."""

from __future__ import annotations

from livens.values.passive import (
    attributes,
    class_attribute,
    class_dict,
    class_module,
    class_mro,
    class_name,
    exact_text,
    instance_dict,
    is_exactly,
    is_real_instance,
    qualified_name,
    slot_values,
)

__all__ = [
    "attributes",
    "class_attribute",
    "class_dict",
    "class_module",
    "class_mro",
    "class_name",
    "exact_text",
    "instance_dict",
    "is_exactly",
    "is_real_instance",
    "qualified_name",
    "slot_values",
]
