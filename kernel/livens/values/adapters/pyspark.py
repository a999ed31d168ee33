"""pyspark: frames, columns and sessions by their class; nothing is asked of the JVM or a server.

Even the columns of a frame come from the JVM, and for a Spark Connect session over the network.
A schema that somebody has asked for before is kept in the frame, and is shown.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name, instance_dict
from livens.values.summaries import Adapter, Limits, Preview, Summary

_COLUMNS = 8


def _frame(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    schema = found.get("_schema", found.get("schema"))
    names = (instance_dict(schema) or {}).get("names")
    told = ""
    if type(names) is list:
        more = ", …" if len(names) > _COLUMNS else ""
        told = f": {', '.join(map(preview, names[:_COLUMNS]))}{more}"
    return Summary("lazy", f"spark {class_name(type(value))}, not computed{told}")


def _lazy(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"spark {class_name(type(value))}, not computed")


def _session(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("object", f"spark {class_name(type(value))}")


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "pyspark.sql.dataframe.DataFrame": _frame,
    "pyspark.sql.connect.dataframe.DataFrame": _frame,
    "pyspark.sql.column.Column": _lazy,
    "pyspark.sql.group.GroupedData": _lazy,
    "pyspark.rdd.RDD": _lazy,
    "pyspark.core.rdd.RDD": _lazy,
    "pyspark.pandas.frame.DataFrame": _lazy,
    "pyspark.pandas.series.Series": _lazy,
    "pyspark.sql.session.SparkSession": _session,
    "pyspark.sql.connect.session.SparkSession": _session,
    "pyspark.context.SparkContext": _session,
    "pyspark.core.context.SparkContext": _session,
}
