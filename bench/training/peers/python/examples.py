"""Reads labeled texts in the `news` layout: one label and one text per line, separated by a tab."""
import os


def read(folder, name, limit=None):
    with open(os.path.join(folder, name + ".tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t")[:2] for line in file]
    return rows[:limit]


def read_task(folder, limit):
    """Returns the first `limit` rows of train, the rows of dev, and the id of each label."""
    train, dev = read(folder, "train", limit), read(folder, "dev")
    labels = {label: label_id for label_id, label in enumerate(sorted({label for label, _ in train}))}
    return train, dev, labels
