"""What is remembered: the one adapter to MLflow's tracking store."""

import logging
import os

# MLflow reads these while it is imported, so they are set before any module here imports it.
for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_TRUNCATE_LONG_VALUES": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": os.environ.get("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3"),
}.items():
    os.environ[_name] = _value

# they print the traceback of an error that is raised, and told in a line, anyway
for _name in ("sqlalchemy.pool", "mlflow.store.db.utils"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
