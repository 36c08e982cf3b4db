"""Prints the curves of TensorBoard event files, as TensorBoard itself reads them.

    pip install tensorboard
    python3 scripts/reference/read-events.py DIRECTORY

Prints one JSON object: for each scalar its steps and values, and for each text its contents. Fails if a file cannot be read or
if the steps of a curve do not increase.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
accumulator.Reload()
tags = accumulator.Tags()
scalars = {}
for tag in tags["scalars"]:
    events = accumulator.Scalars(tag)
    steps = [event.step for event in events]
    if steps != sorted(set(steps)):
        sys.exit(f"{tag}: the steps do not increase: {steps}")
    scalars[tag] = {"steps": steps, "values": [event.value for event in events]}
texts = {
    tag: accumulator.Tensors(tag)[0].tensor_proto.string_val[0].decode("utf-8")
    for tag in tags["tensors"]
    if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "text"
}
print(json.dumps({"scalars": scalars, "texts": texts}, ensure_ascii=False))
