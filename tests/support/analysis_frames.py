"""Builders of small frames for the analysis tests: invented persons, example domains, one frame on several engines."""

import importlib.util
import os
import shutil
import sys

import polars as pl
import pytest

from support.requirements import missing

DUCK_TYPES = {
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.List(pl.String): "VARCHAR[]",
    pl.Datetime("us", "UTC"): "TIMESTAMPTZ",
}


def companies(rows, **types):
    """Return a companies frame from dicts; ids are text, scores floats."""
    schema = {
        "order_id": pl.String, "id": pl.String, "name": pl.String, "website_url": pl.String, "city": pl.String,
        "country": pl.String, "employee_count": pl.Int64, "match_score": pl.Float64,
        "web_technologies": pl.List(pl.String), "match_reasons": pl.List(pl.String), "source_id": pl.String,
    }  # fmt: skip
    used = {name: dtype for name, dtype in (schema | types).items() if any(name in row for row in rows)}
    return pl.DataFrame(rows, schema=used)


def prospects(rows, **types):
    """Return a prospects frame from dicts; scores are floats."""
    schema = {
        "order_id": pl.String, "company_id": pl.String, "id": pl.String, "first_name": pl.String,
        "last_name": pl.String, "job_title": pl.String, "email": pl.String, "qualification_score": pl.Float64,
        "email_type": pl.String, "validation_confidence": pl.Float64, "bounce_risk_score": pl.Float64,
        "source": pl.String,
    }  # fmt: skip
    used = {name: dtype for name, dtype in (schema | types).items() if any(name in row for row in rows)}
    return pl.DataFrame(rows, schema=used)


class Duck:
    """DuckDB: frames become relations of one in-memory connection."""

    name = "duckdb"

    def __init__(self):
        self.connection = pytest.importorskip("duckdb").connect()
        # Not UTC: an analyst's session has the zone of the machine.
        self.connection.execute("SET TimeZone='Europe/Berlin'")
        self.count = 0

    def give(self, frame):
        """Return *frame* as a relation."""
        self.count += 1
        table = f"t{self.count}"
        columns = ", ".join(f'"{name}" {DUCK_TYPES[dtype]}' for name, dtype in frame.schema.items())
        self.connection.execute(f"create table {table} ({columns})")
        if frame.height:
            # Row by row takes DuckDB four times as long.
            rows = ", ".join([f"({', '.join('?' * frame.width)})"] * frame.height)
            values = [value for row in frame.rows() for value in row]
            self.connection.execute(f"insert into {table} values {rows}", values)  # noqa: S608 - our own names
        return self.connection.table(table)

    def take(self, relation):
        """Return the relation's rows as dicts."""
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


class PolarsLazy:
    """Polars, lazy in and lazy out."""

    name = "polars lazy"

    def give(self, frame):
        """Return *frame* lazily."""
        return frame.lazy()

    def take(self, frame):
        """Return the rows of a lazy frame as dicts."""
        assert isinstance(frame, pl.LazyFrame)
        return frame.collect().to_dicts()


SPARK_TYPES = {
    pl.Int64: "bigint",
    pl.Float64: "double",
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.List(pl.String): "array<string>",
    pl.Datetime("us", "UTC"): "timestamp",
}


class Spark:
    """Spark on this machine; needs the optional pyspark and a Java."""

    name = "spark"

    def __init__(self, session):
        self.session = session

    def give(self, frame):
        """Return *frame* as a Spark frame."""
        schema = ", ".join(f"`{name}` {SPARK_TYPES[dtype]}" for name, dtype in frame.schema.items())
        return self.session.createDataFrame(frame.rows(), schema=schema)

    def take(self, frame):
        """Return the rows as dicts."""
        return [row.asDict() for row in frame.collect()]


# A test has a dozen rows: compiling each plan to bytecode, and that to machine code, takes far longer than running it.
SPARK_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def start_spark():
    """Return a local Spark session, or skip and say what is missing."""
    if importlib.util.find_spec("pyspark") is None:
        missing("spark", "pyspark is not installed (extra `spark`)")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        missing("spark", "Spark needs a Java runtime, and there is none")
    from pyspark.sql import SparkSession

    # The workers are of the tests' own Python, not of whichever comes first on the path.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[1]")
    for name, value in SPARK_SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
