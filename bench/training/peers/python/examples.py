"""Labelled texts, as the Python scripts read them: the layout `news`, a label and a text in each line."""
import os


def read(folder, name, limit=None):
    with open(os.path.join(folder, name + ".tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t")[:2] for line in file]
    return rows[:limit]


def read_task(folder, limit):
    """The rows of train (the first `limit`) and dev, and the number of each label."""
    train, dev = read(folder, "train", limit), read(folder, "dev")
    labels = {label: number for number, label in enumerate(sorted({label for label, _ in train}))}
    return train, dev, labels
