import math
from dataclasses import replace

import made_up_sweeps as made_up
import numpy as np
import pytest
from matplotlib.text import Text

from xinzhi.sweeping.records import Axis
from xinzhi.sweeping.search.scores import far, front, trials
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.show import effects
from xinzhi.sweeping.show.figures import figures
from xinzhi.sweeping.show.scene import scene


def drawn(sweep, jobs):
    return figures(sweep, jobs, ranking(sweep, jobs))


def seen(sweep, jobs):
    return scene(sweep, jobs, ranking(sweep, jobs))


def texts(figure):
    figure.canvas.draw()
    return {text.get_text() for text in figure.findobj(Text)}


def test_a_search_of_some_size_has_all_figures():
    sweep = made_up.sweep()
    found = drawn(sweep, made_up.jobs(sweep))
    assert set(found) == {"history", "seeds", "importances", "parallel", "slices", "learning"}
    for figure in found.values():
        figure.canvas.draw()


def test_the_best_so_far_never_gets_worse_and_ends_at_the_best():
    for mode, better in (("max", np.maximum), ("min", np.minimum)):
        sweep = made_up.sweep(modes=(mode,))
        jobs = made_up.jobs(sweep, pruned=0, failed=0)
        standings = ranking(sweep, jobs)
        (axes,) = figures(sweep, jobs, standings)["history"].axes
        (line,) = [line for line in axes.lines if line.get_label() == "best so far"]
        height = np.asarray(line.get_ydata())
        means = [one.values[0] for one in sorted(standings, key=lambda one: one.trial)]
        assert height == pytest.approx(better.accumulate(means))
        assert height[-1] == standings[0].values[0]


@pytest.mark.parametrize("changes", [{"failed": 1.0, "pruned": 0}, {"waiting": 90, "pruned": 0}])
def test_nothing_is_drawn_of_nothing(changes):
    sweep = made_up.sweep()
    assert drawn(sweep, made_up.jobs(sweep, **changes)) == {}
    assert drawn(sweep, []) == {}


def test_one_job_is_a_point():
    sweep = made_up.sweep(trials=1, seeds=())
    assert set(drawn(sweep, made_up.jobs(sweep, pruned=0, failed=0))) == {"history"}


def test_one_seed_has_no_figure_of_seeds():
    sweep = made_up.sweep(trials=4, seeds=())
    assert "seeds" not in drawn(sweep, made_up.jobs(sweep, pruned=0, failed=0))


def test_the_number_of_a_trial_is_not_read_as_its_place():
    sweep = made_up.sweep(trials=4)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    jobs = [replace(job, values=(0.5 + 0.1 * job.trial,)) for job in jobs]
    (axes,) = drawn(sweep, jobs)["history"].axes
    assert axes.get_title(loc="left").endswith("by trial #3 (4 trials, #0 to #3)")


@pytest.mark.parametrize("choices", [("32", "64", "256"), ("a", "b", "c")])
def test_points_stand_at_numbers_and_evenly_around_other_options(choices):
    axis = Axis(key="model.hidden", choices=choices)
    sweep = made_up.sweep(axes=(axis,), trials=24, seeds=())
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    there = seen(sweep, jobs).reached
    places = np.array(effects._spread(axis, there))
    own = np.array([choices.index(trial.params[axis.key]) for trial in there])
    assert np.abs(places - own).max() < 0.3
    for place in set(own):
        assert places[own == place].mean() == pytest.approx(place)
    assert (choices[0] != "32") or (places == own).all()


@pytest.mark.parametrize(("start", "cut"), [(0.6, False), (-40.0, True)])
def test_first_epochs_are_shown_or_said_to_be_cut_off(start, cut):
    sweep = made_up.sweep(trials=6, seeds=())
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    jobs = [
        replace(job, reports={0: start} | {k: 0.7 + 0.02 * k + job.trial / 50 for k in range(1, 9)})
        for job in jobs
    ]
    (axes,) = drawn(sweep, jobs)["learning"].axes
    assert (axes.get_ylim()[0] < start) is not cut
    assert axes.get_title(loc="left").endswith("the first epochs cut off") is cut


def test_a_value_that_never_varied_is_no_axis():
    fixed = Axis(key="model.depth", choices=("2",))
    sweep = made_up.sweep(axes=(fixed, *made_up.AXES[:2]), trials=10)
    figure = drawn(sweep, made_up.jobs(sweep, pruned=0))["parallel"]
    assert "depth" not in texts(figure)
    assert {"lr", "width"} <= texts(figure)


def test_importances_find_what_the_values_were_made_of():
    sweep = made_up.sweep(seeds=(), trials=60)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    of_lr = [replace(j, values=(math.log10(j.params["optimizer.lr"]),)) for j in jobs]
    shares = effects.importances(seen(sweep, of_lr))
    assert sum(shares.values()) == pytest.approx(1)
    assert next(iter(shares)) == "optimizer.lr"
    assert shares["optimizer.lr"] > 0.95
    of_model = [replace(j, values=(float(j.params["model"] == "minilm"),)) for j in jobs]
    assert effects.importances(seen(sweep, of_model))["model"] > 0.95


def test_importances_say_nothing_about_too_few_or_equal_values():
    sweep = made_up.sweep(seeds=(), trials=7)
    assert effects.importances(seen(sweep, made_up.jobs(sweep, pruned=0, failed=0))) == {}
    sweep = made_up.sweep(seeds=(), trials=20)
    same = [replace(job, values=(0.5,)) for job in made_up.jobs(sweep, pruned=0, failed=0)]
    assert effects.importances(seen(sweep, same)) == {}
    assert "history" in drawn(sweep, same)


def test_two_objectives_have_a_front_that_nothing_beats():
    sweep = made_up.sweep(
        method="nsga2", objectives=("val/f1_macro", "latency_ms"), modes=("max", "min"), trials=25
    )
    jobs = made_up.jobs(sweep, running=2, waiting=2)
    assert "pareto" in drawn(sweep, jobs)
    standings = [one for one in ranking(sweep, jobs) if one.complete]
    for one in front(standings):
        assert not any(
            other.values[0] > one.values[0] and other.values[1] < one.values[1]
            for other in standings
        )


def test_chinese_options_have_a_font_that_has_them_or_numbers():
    sweep = made_up.sweep(axes=(made_up.CHINESE, *made_up.AXES[:1]), trials=12)
    figure = drawn(sweep, made_up.jobs(sweep, pruned=0))["parallel"]
    found = texts(figure)
    assert {"标题", "正文", "标题与正文"} <= found or {"#0", "#1", "#2"} <= found


def test_a_disaster_does_not_squeeze_the_rest():
    sweep = made_up.sweep(modes=("min",))
    assert far(sweep, [1.0, 1.1, 1.2, 1.3, 900.0]) < 3
    assert far(sweep, [1.0, 1.1, 1.2, 1.3]) == 1.3
    assert far(sweep, [1.0]) == 1.0
    assert far(made_up.sweep(), [0.9, 0.88, 0.87, 0.86, -40.0]) > 0.5


def test_a_trial_is_finished_once_none_of_its_seeds_goes_on():
    sweep = made_up.sweep(trials=1)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    standings = ranking(sweep, jobs)
    assert trials(jobs, standings)[0].state == "finished"
    jobs[2] = replace(jobs[2], state="running", values=())
    assert trials(jobs, ranking(sweep, jobs))[0].state == "running"
    jobs = [replace(job, state="failed", values=()) for job in jobs]
    assert trials(jobs, [])[0].state == "failed"
