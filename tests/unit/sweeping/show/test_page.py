import csv
import json
from dataclasses import replace
from html.parser import HTMLParser

import made_up_sweeps as made_up
import pytest

from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.show import chance, page, summary, table, telling


def written(folder, sweep, jobs):
    return page.write(folder, sweep, jobs, ranking(sweep, jobs)).read_text(encoding="utf-8")


class Balanced(HTMLParser):
    """Whether every tag that is opened is closed in its turn, and what it holds."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.words = [], [], []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the form of its base
        self.seen.append(tag)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def parsed(text):
    parser = Balanced()
    parser.feed(text)
    assert not parser.open
    return parser


def test_the_page_says_the_best_and_holds_all_figures_itself(tmp_path):
    sweep = made_up.sweep()
    jobs = made_up.jobs(sweep)
    text = written(tmp_path, sweep, jobs)
    found = parsed(text)
    words = " ".join(found.words)
    best = ranking(sweep, jobs)[0]
    for override in summary.overrides(sweep, best):
        assert override in words
    assert f"trial {best.trial}, 3 seeds" in words
    assert "sweep best lr_and_width" in words
    assert "http:" not in text  # needs no network
    assert "https:" not in text
    assert found.seen.count("img") == len(list(tmp_path.glob("*.png"))) == 6
    assert found.seen.count("script") == 0


def test_what_names_hold_is_text(tmp_path):
    sweep = made_up.sweep("<script>alert(1)</script>", trials=2)
    jobs = made_up.jobs(sweep, failed=1.0, pruned=0)
    broken = [replace(job, error="<b>no</b> postgresql://ana:s3cret@db/x") for job in jobs]
    text = written(tmp_path, sweep, broken)
    assert "<script>" not in text
    assert "<b>no</b>" not in text
    assert "s3cret" not in text
    assert "No job was finished." in text
    assert "6 jobs" in " ".join(parsed(text).words)  # one kind of error


def test_five_thousand_jobs_are_a_small_page(tmp_path):
    sweep = made_up.sweep(trials=1800, method="random")
    text = written(tmp_path, sweep, made_up.jobs(sweep))
    assert len(text) < 1_000_000
    assert "more are in <code>table.csv</code>" in text


def test_figures_of_an_earlier_writing_do_not_stay(tmp_path):
    sweep = made_up.sweep(trials=10)
    written(tmp_path, sweep, made_up.jobs(sweep, pruned=0))
    written(tmp_path, sweep, made_up.jobs(sweep, failed=1.0, pruned=0))
    assert not list(tmp_path.glob("*.png"))


def test_the_table_holds_every_number_whole(tmp_path):
    sweep = made_up.sweep(axes=(made_up.CHINESE, *made_up.AXES))
    standings = ranking(sweep, made_up.jobs(sweep))
    table.write(tmp_path, sweep, standings)
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(standings)
    for row, one in zip(rows, standings, strict=True):
        assert float(row["optimizer.lr"]) == one.params["optimizer.lr"]
        assert row["data.columns.text"] == one.params["data.columns.text"]
        assert float(row["val/f1_macro"]) == one.values[0]
        assert int(row["seeds"]) == one.n == len(row["runs"].split())
        assert (row["val/f1_macro/spread"] == "") == (one.n < 2)
    shown = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert shown["columns"][2:7] == ["text", "lr", "width", "dropout", "model"]
    assert len(shown["columns"]) == len(rows[0]) == len(set(shown["columns"]))
    assert [row[1] for row in shown["data"]] == [one.trial for one in standings]


def close(spread, gap=0.01):
    """Two configurations of three seeds, `gap` apart."""
    sweep = made_up.sweep(trials=2)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    middles = {0: 0.9, 1: 0.9 - gap}
    jobs = [replace(j, values=(middles[j.trial] + spread * (j.seed - 1),)) for j in jobs]
    return sweep, ranking(sweep, jobs)


@pytest.mark.parametrize(("spread", "expected"), [(0.001, []), (0.02, [1])])
def test_seeds_say_what_cannot_be_told_apart(spread, expected):
    sweep, standings = close(spread)
    assert [one.trial for one in chance.too_close(sweep, standings)] == expected
    assert ("1 other is" in chance.caution(sweep, standings)) == bool(expected)


def test_one_seed_says_nothing_of_chance():
    sweep = made_up.sweep(seeds=(), trials=5)
    standings = ranking(sweep, made_up.jobs(sweep, pruned=0, failed=0))
    assert "nothing is known of chance" in chance.caution(sweep, standings)


def test_two_seeds_set_nothing_apart_and_the_page_says_what_would(tmp_path):
    sweep = made_up.sweep(seeds=(0, 4), trials=5)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    standings = ranking(sweep, jobs)
    assert chance.too_close(sweep, standings) == []
    assert "With two seeds little is known of chance" in chance.caution(sweep, standings)
    text = written(tmp_path, sweep, jobs)
    assert "apart" not in text
    assert "<code>seed=0,4,5</code>" in text  # no backticks on a page
    assert "`" not in " ".join(parsed(text).words)


def test_seeds_that_have_not_finished_are_not_asked_for_again():
    sweep = made_up.sweep(trials=3)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    two = [job if job.seed < 2 else replace(job, state="running", values=()) for job in jobs]
    assert "the other seeds have not finished" in chance.caution(sweep, ranking(sweep, two))


def test_configurations_with_too_few_seeds_are_not_set_apart():
    sweep, standings = close(0.001)
    few = replace(standings[1], n=2, complete=False)
    assert "apart" not in chance.caution(sweep, [standings[0], few])
    more = replace(standings[1], trial=2)
    told = chance.caution(sweep, [standings[0], more, few])
    assert "apart from 1 other with 3 seeds or more" in told


def test_the_command_on_the_page_trains_the_very_run_that_was_tested(tmp_path):
    sweep = made_up.sweep(trials=4)
    jobs = made_up.jobs(sweep, pruned=0, failed=0)
    first = ranking(sweep, jobs)[0]
    best = max(first.jobs, key=lambda job: job.values[0])
    words = " ".join(parsed(written(tmp_path, sweep, jobs)).words)
    assert f"its best run, of seed {best.seed}, is trained alone by" in words
    assert telling.command_alone(sweep, best) in words
    assert f"seed={best.seed}" in telling.command_alone(sweep, best)


def test_numbers_and_tags_for_the_run_of_the_sweep():
    sweep = made_up.sweep()
    jobs = made_up.jobs(sweep)
    standings = ranking(sweep, jobs)
    last = replace(
        jobs[0], number=FINAL, trial=FINAL, state="finished", metrics={"test/f1_macro": 0.87}
    )
    found = summary.metrics(sweep, [*jobs, last], standings)
    assert found["best/val/f1_macro"] == standings[0].values[0]
    assert found["test/f1_macro"] == 0.87
    assert sum(found[f"sweep/{s}"] for s in ("finished", "pruned", "failed")) == len(jobs)
    best = max(standings[0].jobs, key=lambda job: job.values[0])
    assert summary.tags(sweep, standings)["best_run"] == best.run_id
    note = summary.note(replace(sweep, final_run="ab" * 16), [*jobs, last], standings)
    assert f"**Best: trial {standings[0].trial}, val/f1_macro" in note
    assert "On the test rows: test/f1_macro 0.87" in note
    assert "promote review_sentiment_zh" in note
    assert "sweep best lr_and_width" in note
    assert summary.overrides(sweep, standings[0])[0] in note
