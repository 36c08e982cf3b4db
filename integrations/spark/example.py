"""Classifies a column of a table: spark-submit example.py MODEL INPUT.parquet COLUMN OUTPUT.parquet"""

import sys

from bertie_spark import classify
from pyspark.sql import SparkSession

model, source, column, target = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
classify(spark.read.parquet(source), column, model, on_bad_rows="null").write.parquet(target)
spark.read.parquet(target).groupBy("prediction.label").count().show()
