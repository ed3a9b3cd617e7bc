"""What MLflow imports only when a local store is first written, imported at once."""

from mlflow.pyfunc import loaders
from mlflow.store.tracking import sqlalchemy_store

__all__ = ["loaders", "sqlalchemy_store"]
