"""Classifies a column of a table: python example.py MODEL INPUT.parquet COLUMN OUTPUT.parquet"""

import sys

import ray
from bertie_ray import classify

model, source, column, target = sys.argv[1:]
dataset = classify(ray.data.read_parquet(source), column, model, on_bad_rows="skip")
dataset.write_parquet(target)
