"""Trains in several processes from the plan of a run of Bertie.

Start one process per GPU, or several on CPUs, with torchrun, or with `accelerate launch --multi_gpu`. The processes compute the gradients
of their share of each batch, and all of them carry out the same updates. Then `bertie train --resume DIR` evaluates the
model, or continues the training.
"""

import argparse
import contextlib
import json
import math
import os
import sys
import time

import torch
import torch.distributed as dist

from model import Dropout, logits, loss_sum
from optimizer import BertAdam
from run import Interrupted, Lock, Run, RunError


class Trainer:
    """The model, the optimizer and the gradients of one process."""

    def __init__(self, run, checkpoint, device):
        self.run, self.device = run, device
        plan = run.plan
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.features = run.features()
        self.tensors = {}
        groups = []
        for spec in run.parameters:
            tensor = torch.nn.Parameter(checkpoint.parameters[spec["name"]].to(device), not spec["frozen"])
            self.tensors[spec["name"]] = tensor
            if not spec["frozen"]:
                decay = plan["optimizer"]["weightDecay"] if spec["decay"] else 0.0
                groups.append({"params": [tensor], "weight_decay": decay, "rate_factor": spec["rateFactor"]})
        self.by_bert_name = {spec["bertName"]: self.tensors[spec["name"]] for spec in run.parameters}
        self.trained = [spec["name"] for spec in run.parameters if not spec["frozen"]]
        options = {"epsilon": "epsilon", "beta1": "beta1", "beta2": "beta2", "max_grad_norm": "maxGradNorm"}
        self.optimizer = BertAdam(groups, **{name: plan["optimizer"][key] for name, key in options.items()})
        for name in self.trained:
            parameter, state = self.tensors[name], {"step": checkpoint.step}
            for key, moments in (("next_m", checkpoint.first), ("next_v", checkpoint.second)):
                state[key] = moments[name].to(device) if moments else torch.zeros_like(parameter.data)
            self.optimizer.state[parameter] = state
        # All gradients, the loss and the wish to stop are one tensor, which one call adds up over the processes.
        sizes = [self.tensors[name].numel() for name in self.trained]
        self.sums = torch.zeros(sum(sizes) + 2, device=device)
        for name, part in zip(self.trained, self.sums[:-2].split(sizes)):
            self.tensors[name].grad = part.view_as(self.tensors[name])

    def update(self, update, wants_to_stop):
        """Carries out an update. Returns its mean loss, the norm of the gradient, and whether a process wants to stop."""
        self.sums.zero_()
        self.sums[-1] = float(bool(wants_to_stop))
        for batch in update["batches"]:
            rows = batch["rows"]
            start, end = (len(rows) * rank // self.world for rank in (self.rank, self.rank + 1))
            if start == end:
                continue
            *inputs, labels = self.features.batch(rows[start:end], batch["length"], self.device)
            dropout = Dropout(batch["dropoutKey"], start, end - start, len(rows), self.device)
            # The mean over all rows of the update, whatever their distribution over micro-batches and processes is.
            output = logits(self.by_bert_name, self.run.plan["model"], *inputs, dropout)
            loss = loss_sum(output, labels, self.run.plan["loss"]) / update["weight"]
            loss.backward()
            self.sums[-2] += loss.detach()
        dist.all_reduce(self.sums)
        for group in self.optimizer.param_groups:
            group["lr"] = update["learningRate"]
        norm = self.optimizer.step()
        loss, stop = self.sums[-2:].tolist()
        return loss, norm.item(), stop > 0

    def save(self, base, progress, update, metrics):
        """Writes a checkpoint."""

        def moments(key):
            return {name: self.optimizer.state[self.tensors[name]][key].cpu() for name in self.trained}

        parameters = {name: tensor.detach().cpu().contiguous() for name, tensor in self.tensors.items()}
        return self.run.save(base, progress, update, metrics, parameters, moments("next_m"), moments("next_v"))


def train(arguments):
    interrupted = Interrupted()
    use_cuda = torch.cuda.is_available() and not arguments.cpu
    local_rank = int(os.environ.get("LOCAL_RANK", 0))
    device = torch.device("cuda", local_rank) if use_cuda else torch.device("cpu")
    if use_cuda:
        torch.cuda.set_device(device)
    if "RANK" not in os.environ:
        raise RunError("RANK is not set. Start this script with torchrun, for example: torchrun --nproc-per-node 2 train.py DIR.")
    dist.init_process_group("nccl" if use_cuda else "gloo")
    is_main = dist.get_rank() == 0
    log = (lambda text: print(text, file=sys.stderr, flush=True)) if is_main else (lambda text: None)
    run = Run(arguments.directory)
    lock = Lock(run.work) if is_main else contextlib.nullcontext()
    with lock:
        base = run.checkpoint(log)
        if arguments.stop_after is not None and arguments.stop_after <= base.step:
            raise RunError(f"--stop-after is {arguments.stop_after}, but the run is at step {base.step}. Name a later step.")
        dist.barrier()
        trainer = Trainer(run, base, device)
        last = run.plan["steps"]["last"]
        log(f"{run.name}: {dist.get_world_size()} processes on {device.type}, updates {base.step + 1} to {last}")
        progress, metrics = dict(base.state["progress"]), base.files["metrics.jsonl"].decode()
        for update in run.updates(base.step):
            before = time.perf_counter()
            loss, norm, stop = trainer.update(update, interrupted)
            seconds = time.perf_counter() - before
            step = update["step"]
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise RunError(f"the loss is {loss} and the gradient norm is {norm} at step {step}. Lower the learning rate.")
            examples = update["progress"]["examples"] - progress["examples"]
            earlier = (0, 0) if update["startsEpoch"] else (progress["epochLoss"], progress["epochExamples"])
            progress = {
                **update["progress"],
                "epochLoss": earlier[0] + loss * update["weight"],
                "epochExamples": earlier[1] + update["weight"],
                "seconds": progress["seconds"] + seconds,
            }
            figures = dict(step=step, epoch=update["epoch"], loss=loss, learning_rate=update["learningRate"], grad_norm=norm)
            metrics += json.dumps({**figures, "examples_per_second": examples / seconds, "loss_scale": 1}) + "\n"
            if step % arguments.log_every == 0 or step == last:
                log(f"step {step}/{last}  loss {loss:.4f}  {examples / seconds:.1f} examples/s")
            stop = stop or step == arguments.stop_after
            if is_main and (update["checkpoint"] or stop or step == last):
                log(f"checkpoint after step {step}: {trainer.save(base, progress, update, metrics)}")
            if stop:
                break
        step = progress["steps"]
        log(f'to {"evaluate" if step == last else "continue"} after step {step}, run "bertie train --resume {run.name}"')
        dist.barrier()
    dist.destroy_process_group()
    return 130 if interrupted else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory", help="output directory of the run, for which bertie train --write-plan wrote a plan")
    parser.add_argument("--stop-after", type=int, metavar="STEP", help="stop with a checkpoint after this update of the run")
    parser.add_argument("--log-every", type=int, default=10, metavar="N", help="number of updates between lines (default: 10)")
    parser.add_argument("--cpu", action="store_true", help="train on CPUs, even if there are GPUs")
    try:
        return train(parser.parse_args(arguments))
    except RunError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
