"""From a company's records to a tracked, compared, promoted and served model."""

__version__ = "0.1.0"
