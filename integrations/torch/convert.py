"""Converts a checkpoint of Bertie to a file of PyTorch with model and optimizer state, and back.

The file has three keys. `model` is a state dict for the class of transformers that config.json names. `optimizer` is a state
dict for BertAdam of pytorch-pretrained-bert or for torch.optim.AdamW, with the names of the parameters in each group
(`param_names`). `progress` is the position in the run.
"""

import argparse
import pickle
import sys

import torch

from run import Lock, Run, RunError

# Names of step, first moment and second moment. AdamW corrects the bias of the moments only when it uses them.
STATES = {"bertadam": ("step", "next_m", "next_v"), "adamw": ("step", "exp_avg", "exp_avg_sq")}


def to_torch(run, checkpoint, optimizer="bertadam"):
    """Returns the contents of a file of PyTorch.

    Parameters are in one group with weight decay and one without, or in more groups if their learning rates differ.
    """
    settings = run.plan["optimizer"]
    groups, states = {}, {}
    trained = [spec for spec in run.parameters if not spec["frozen"]]
    ordered = sorted(trained, key=lambda spec: (-spec["rateFactor"], not spec["decay"]))
    rate = next((update["learningRate"] for update in run.updates(checkpoint.step)), 0.0)
    for index, spec in enumerate(ordered):
        name = spec["name"]
        group = groups.setdefault((spec["decay"], spec["rateFactor"]), new_group(spec, rate, settings, optimizer))
        group["params"].append(index)
        group["param_names"].append(name)
        zeros = torch.zeros_like(checkpoint.parameters[name])
        moments = [source.get(name, zeros) for source in (checkpoint.first, checkpoint.second)]
        step = checkpoint.step if optimizer == "bertadam" else torch.tensor(float(checkpoint.step))
        states[index] = dict(zip(STATES[optimizer], (step, *moments)))
    return {
        "model": checkpoint.parameters,
        "optimizer": {"state": states, "param_groups": list(groups.values())},
        "progress": checkpoint.state["progress"],
    }


def new_group(spec, rate, settings, optimizer):
    group = {"params": [], "param_names": [], "lr": rate * spec["rateFactor"]}
    group["weight_decay"] = settings["weightDecay"] if spec["decay"] else 0.0
    betas, epsilon = (settings["beta1"], settings["beta2"]), settings["epsilon"]
    if optimizer == "adamw":
        return {**group, "betas": betas, "eps": epsilon}
    return {**group, "b1": betas[0], "b2": betas[1], "e": epsilon, "max_grad_norm": settings["maxGradNorm"]}


def from_torch(run, base, contents):
    """Writes the checkpoint of a file of PyTorch. Returns its folder."""
    try:
        model, groups, states = contents["model"], contents["optimizer"]["param_groups"], contents["optimizer"]["state"]
        names = {index: name for group in groups for index, name in zip(group["params"], group["param_names"])}
        progress = contents["progress"]
    except (KeyError, TypeError) as error:
        raise RunError(f'the file has no {error}. Expected the keys of a file that "convert.py to-torch" writes.') from error
    parameters = {}
    for spec in run.parameters:
        tensor = model.get(spec["name"])
        shape = None if tensor is None else list(tensor.shape)
        if shape != spec["shape"]:
            raise RunError(f"{spec['name']}: expected a tensor {spec['shape']} in \"model\", found {shape or 'none'}.")
        parameters[spec["name"]] = tensor.detach().float().cpu().contiguous()
    moments = {}, {}
    steps = set()
    for index, name in names.items():
        state = states.get(index) or {}
        keys = next((keys for keys in STATES.values() if set(keys) <= set(state)), None)
        if keys is None:
            raise RunError(f"{name}: expected the state {' or '.join(map(', '.join, STATES.values()))} in \"optimizer\".")
        steps.add(int(state[keys[0]]))
        for moment, key in zip(moments, keys[1:]):
            moment[name] = state[key].float().cpu().contiguous()
    missing = {spec["name"] for spec in run.parameters if not spec["frozen"]} - set(names.values())
    if missing:
        raise RunError(f"\"param_names\" of \"optimizer\" lacks {sorted(missing)[0]}. Name all parameters that are trained.")
    if steps != {progress["steps"]}:
        raise RunError(f"the optimizer is at step {sorted(steps)}, but \"progress\" is at step {progress['steps']}. Set \"progress\".")
    step = progress["steps"]
    if step == base.step:
        return run.save(base, base.state["progress"], base.state, base.files["metrics.jsonl"].decode(), parameters, *moments)
    update = next((update for update in run.updates(base.step) if update["step"] == step), None)
    if update is None:
        raise RunError(f"the plan has no update {step} after step {base.step} of the newest checkpoint.")
    # The losses of the epoch and the time are not part of the plan.
    measured = {key: progress[key] for key in ("epochLoss", "epochExamples", "seconds")}
    metrics = base.files["metrics.jsonl"].decode()
    return run.save(base, {**update["progress"], **measured}, update, metrics, parameters, *moments)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("to-torch", "write the newest checkpoint to a file"), ("from-torch", "write a checkpoint from a file")):
        command = commands.add_parser(name, help=text)
        command.add_argument("directory", help="output directory of the run, for which bertie train --write-plan wrote a plan")
        command.add_argument("file", help="file of PyTorch, such as state.pt")
        if name == "to-torch":
            command.add_argument("--optimizer", choices=STATES, default="bertadam", help="names of the state (default: bertadam)")
    arguments = parser.parse_args(arguments)
    try:
        run = Run(arguments.directory)
        if arguments.command == "to-torch":
            torch.save(to_torch(run, run.checkpoint(), arguments.optimizer), arguments.file)
            return 0
        contents = torch.load(arguments.file, map_location="cpu", weights_only=True)
        with Lock(run.work):
            print(from_torch(run, run.checkpoint(), contents))
        return 0
    except pickle.UnpicklingError:
        advice = "Use PyTorch 2 or later, and a file that contains only tensors, numbers, texts, lists and dicts."
        print(f"convert.py: {arguments.file}: cannot be read safely. {advice}", file=sys.stderr)
        return 2
    except (RunError, OSError) as error:
        print(f"convert.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
