"""Features of tables: fitted on training rows, stored with the model, applied to any rows.

prepared = features.fit(train, {"amount": "quantile", "id": "ignore"}, label="queue")
matrix = prepared.transform(test)
prepared.save(folder)
features.Prepared.load(folder).transform(test)    # the same, without scikit-learn
"""

from xinzhi.data.features.columns import Matrix, Part
from xinzhi.data.features.fitting import fit
from xinzhi.data.features.prepared import Prepared
from xinzhi.data.features.recipe import Recipe

__all__ = ["Matrix", "Part", "Prepared", "Recipe", "fit"]
