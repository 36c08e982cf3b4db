#!/usr/bin/env python3
"""Writes packages/model/fixtures/tiny-bert as a checkpoint of TensorFlow 1, as in Google's releases of 2018.

    pip install tensorflow-cpu safetensors
    python3 scripts/reference/tensorflow_checkpoint.py packages/model/fixtures/tiny-bert

The checkpoint contains the encoder, the pooler, the classifier of run_classifier.py, the head of pre-training, and the
moments of the optimizer for one variable. Its tensors equal those of init.safetensors.
"""

import pathlib
import sys

import numpy
import tensorflow.compat.v1 as tf
from safetensors.numpy import load_file

CLASSIFIER = {"classifier.weight": "output_weights", "classifier.bias": "output_bias"}


def tensorflow_name(name: str) -> str:
    if name in CLASSIFIER:
        return CLASSIFIER[name]
    path = name.replace(".encoder.layer.", ".encoder.layer_").replace(".", "/")
    path = path.replace("LayerNorm/weight", "LayerNorm/gamma").replace("LayerNorm/bias", "LayerNorm/beta")
    path = path.replace("_embeddings/weight", "_embeddings")
    return path.replace("/weight", "/kernel")


def main(folder: pathlib.Path) -> None:
    tf.disable_eager_execution()
    variables = {}
    for name, value in load_file(folder / "init.safetensors").items():
        target = tensorflow_name(name)
        variables[target] = value.T if target.endswith("/kernel") else value
    query = "bert/encoder/layer_0/attention/self/query/kernel"
    variables[f"{query}/adam_m"] = numpy.zeros_like(variables[query])
    variables[f"{query}/adam_v"] = numpy.zeros_like(variables[query])
    variables["cls/predictions/output_bias"] = numpy.zeros(101, numpy.float32)
    variables["cls/seq_relationship/output_weights"] = numpy.zeros((2, 32), numpy.float32)
    variables["global_step"] = numpy.int64(7)
    for name, value in variables.items():
        tf.get_variable(name, initializer=tf.constant(value))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        saver.save(session, str(folder / "bert_model.ckpt"), write_meta_graph=False, write_state=False)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
