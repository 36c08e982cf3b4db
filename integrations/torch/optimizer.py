"""BertAdam, the optimizer of pytorch-pretrained-bert 0.6.2 and of Bertie."""

import torch


class BertAdam(torch.optim.Optimizer):
    """Adam with decoupled weight decay and without bias correction, which clips the gradient of each tensor by its own norm.

    The state of a parameter has the names of pytorch-pretrained-bert: `step`, `next_m` and `next_v`. A group can have the
    keys `weight_decay` and `rate_factor`, a factor of its learning rate.
    """

    def __init__(self, groups, lr=0.0, beta1=0.9, beta2=0.999, epsilon=1e-6, weight_decay=0.01, max_grad_norm=1.0):
        defaults = dict(lr=lr, b1=beta1, b2=beta2, e=epsilon, weight_decay=weight_decay, max_grad_norm=max_grad_norm)
        super().__init__(groups, {**defaults, "rate_factor": 1.0})

    @torch.no_grad()
    def step(self, closure=None):
        """Updates the parameters from their gradients. Returns the norm of all gradients before clipping, a scalar tensor."""
        norms = []
        for group in self.param_groups:
            b1, b2, limit = group["b1"], group["b2"], group["max_grad_norm"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(step=0, next_m=torch.zeros_like(p), next_v=torch.zeros_like(p))
                norm = p.grad.norm()
                norms.append(norm)
                clip = limit / (norm + 1e-6).clamp(min=limit) if limit > 0 else torch.ones_like(norm)
                m, v = state["next_m"], state["next_v"]
                m.mul_(b1).add_(p.grad * (clip * (1 - b1)))
                v.mul_(b2).add_(p.grad.square() * (clip.square() * (1 - b2)))
                update = m / (v.sqrt() + group["e"])
                if group["weight_decay"] > 0:
                    update += p * group["weight_decay"]
                p.sub_(update * (group["lr"] * group["rate_factor"]))
                state["step"] += 1
        return torch.stack(norms).norm()
