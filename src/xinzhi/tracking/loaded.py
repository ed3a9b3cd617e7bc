"""What MLflow imports only when a local store is first written, imported at once."""

from mlflow.store.tracking import sqlalchemy_store

__all__ = ["sqlalchemy_store"]
