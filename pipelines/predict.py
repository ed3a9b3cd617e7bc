"""Answer a sentence, or each row of a file, with a trained model.

Examples:
    xinzhi predict review_sentiment text='works like a charm'
    xinzhi predict last input=new.csv output=answers.csv text=comment
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.deployment.answers import Answers
    from xinzhi.deployment.predict import Predicted


def run(config: "DictConfig") -> "Answers | Predicted":
    """Find the model, open its bundle, answer.

    Args:
        config: checked, of conf/predict.yaml.

    Returns:
        The answers to texts, or a summary of the file that was written.
    """
    from xinzhi.config.loading import loading

    with loading():
        from xinzhi.config.identity import resolved
        from xinzhi.deployment import answers
        from xinzhi.deployment.bundle import open_bundle
        from xinzhi.registry.files import load_folder
        from xinzhi.registry.versions import resolve
        from xinzhi.tracking.store import open_store

        asked = answers.asked(resolved(config))
        store = open_store(config.tracking.uri)
        model = resolve(store, config.reference)
        inference = open_bundle(load_folder(store, model))
    return answers.answer(inference, asked, version=model.label)


if __name__ == "__main__":
    start("predict")
