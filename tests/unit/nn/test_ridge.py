"""Ridge regression against scikit-learn."""

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error

from xinzhi.nn.ridge import PENALTIES, ridge


def test_it_solves_as_scikit_learn_with_the_penalty_that_held_out_rows_choose():
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 30))
    wanted = rows[:, :2] + random.normal(size=(60, 2))
    folds = np.arange(60) % 3
    errors = []
    for penalty in PENALTIES:
        fitted = [Ridge(alpha=penalty).fit(rows[folds != f], wanted[folds != f]) for f in range(3)]
        foretold = np.zeros_like(wanted)
        for fold, model in enumerate(fitted):
            foretold[folds == fold] = model.predict(rows[folds == fold])
        errors.append(mean_squared_error(wanted / wanted.std(0), foretold / wanted.std(0)))
    best = Ridge(alpha=PENALTIES[int(np.argmin(errors))]).fit(rows, wanted)
    found = ridge(torch.from_numpy(rows), torch.from_numpy(wanted), torch.from_numpy(folds))
    np.testing.assert_allclose(found.weight, best.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.bias, best.intercept_, rtol=1e-4, atol=1e-5)
