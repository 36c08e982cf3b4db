"""The forward pass of Bertie's classifiers: BERT, ERNIE, ELECTRA and DistilBERT, with the same dropout masks."""

import math

import torch
import torch.nn.functional as F

STEP = 0x9E3779B1
SITE_STEPS = 0x85EBCA6B, 0xC2B2AE35


def signed(word):
    """Returns a 32-bit word as the signed integer with the same bits. Products of int32 tensors wrap around."""
    word &= 0xFFFFFFFF
    return word - (1 << 32) if word >> 31 else word


class Dropout:
    """The dropout masks of some rows of a micro-batch.

    A mask is a function of a key, of the number of earlier masks in the forward pass, and of the position in the tensor.
    Each process computes the masks of its own rows, so the masks do not depend on the number of processes.

    key: two 32-bit words
    start, count: first row and number of rows of this process
    size: number of rows of the whole micro-batch
    """

    def __init__(self, key, start, count, size, device):
        self.key, self.start, self.count, self.size, self.device = key, start, count, size, device
        self.site = 0

    def __call__(self, x, rate, rows=0):
        """Applies dropout to a tensor with the rows in the axis `rows`."""
        if rate == 0:
            return x
        shape = list(x.shape)
        shape[rows] = self.size
        return x * (self.kept(shape, rows, rate).to(x.dtype) * (1 / (1 - rate)))

    def kept(self, shape, rows, rate):
        """Returns the rows of this process of the next mask, which has the given shape: 1 or 0 for each element."""
        counter, added = (signed(word + self.site * step) for word, step in zip(self.key, SITE_STEPS))
        self.site += 1
        carry = signed((0x8000 - math.floor(rate * 0x8000 + 0.5)) * 0x10001)
        # Two random words decide four consecutive elements, which belong to one row if the last axis is a multiple of 4.
        elements = math.prod(shape)
        fours = torch.arange(-(-elements // 4), dtype=torch.int32, device=self.device)
        splits = shape[-1] % 4 == 0
        if splits:
            fours = fours.view(*shape[:-1], -1).narrow(rows, self.start, self.count)
        counters = fours * signed(2 * STEP) + counter
        even, odd = random_words(counters, added, carry), random_words(counters + signed(STEP), added, carry)
        kept = torch.stack([even >> 15, odd >> 15, even >> 31, odd >> 31], -1).bitwise_and_(1).flatten(-2)
        return kept if splits else kept[:elements].view(shape).narrow(rows, self.start, self.count)


def random_words(x, added, carry):
    """Returns a random word per counter. The top bit of each of its halves is 1 if an element is kept."""
    x = x * (2 * x + 1)
    x = ((x << 16) | ((x >> 16) & 0xFFFF)) + added
    x = x * (2 * x + 1)
    x = x + ((x >> 16) & 0xFFFF)
    return (x & 0x7FFF7FFF) + carry


def no_dropout(x, _rate, rows=0):
    """Stands for dropout in evaluation."""
    return x


ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "relu": F.relu,
    "relu2": lambda x: F.relu(x) ** 2,
    "swish": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda x: x,
}


def logits(p, config, input_ids, attention_mask, token_type_ids, dropout=no_dropout):
    """Returns the logits of a batch, [rows, labels].

    p: parameters by their names in BERT, without the prefix "bert."
    config: "model" of plan.json
    input_ids, attention_mask, token_type_ids: int64 [rows, length]
    """
    rate, attention_rate = config["hiddenDropoutProb"], config["attentionProbsDropoutProb"]
    layers, heads, kind = config["numHiddenLayers"], config["numAttentionHeads"], config["modelType"]
    activation = ACTIVATIONS[config["hiddenAct"]]

    def linear(name, x):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])

    def norm(name, x):
        name += ".LayerNorm"
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], config["layerNormEps"])

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    def hidden_dropout(x):
        # Masks of hidden states are [length, rows, hidden].
        return dropout(x.transpose(0, 1), rate, rows=1).transpose(0, 1)

    def attention(name, queried, x):
        query = split(linear(f"{name}.query", queried))
        key, value = split(linear(f"{name}.key", x)), split(linear(f"{name}.value", x))
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + bias
        weights = dropout(scores.softmax(-1), attention_rate)
        return (weights @ value).transpose(1, 2).flatten(-2)

    def encoder_layer(name, queried, x):
        attended = linear(f"{name}.attention.output.dense", attention(f"{name}.attention.self", queried, x))
        if kind != "distilbert":
            attended = hidden_dropout(attended)
        y = norm(f"{name}.attention.output", attended + queried)
        wide = activation(linear(f"{name}.intermediate.dense", y))
        return norm(f"{name}.output", hidden_dropout(linear(f"{name}.output.dense", wide)) + y)

    bias = (1 - attention_mask.float())[:, None, None, :] * -10000
    x = p["embeddings.word_embeddings.weight"][input_ids]
    x = x + p["embeddings.position_embeddings.weight"][: x.shape[1]]
    if "embeddings.token_type_embeddings.weight" in p:
        x = x + p["embeddings.token_type_embeddings.weight"][token_type_ids]
    if "embeddings.task_type_embeddings.weight" in p:
        x = x + p["embeddings.task_type_embeddings.weight"][0]
    x = hidden_dropout(norm("embeddings", x))
    if "embeddings_project.weight" in p:
        x = linear("embeddings_project", x)
    for layer in range(layers):
        # The classifier reads only the first token, so the last layer computes no other.
        x = encoder_layer(f"encoder.layer.{layer}", x[:, :1] if layer == layers - 1 else x, x)
    head_rate = config.get("classifierDropout", rate)
    first = x[:, 0]
    if kind == "electra":
        first = dropout(first, head_rate)
    pooled = ACTIVATIONS[config["headActivation"]](linear("head.hidden", first))
    return linear("head.output", dropout(pooled, head_rate))


def loss_sum(logits, labels, loss):
    """Returns the sum of the losses of some rows. Divided by the weight of all rows of the update, it is their mean loss.

    labels: int64 [rows], or float32 [rows, labels] for several labels per text and for values
    loss: "loss" of plan.json
    """
    kind, weights = loss["problemType"], loss.get("classWeights")
    weights = None if weights is None else torch.tensor(weights, dtype=torch.float32, device=logits.device)
    if kind == "single_label_classification":
        smoothing = loss.get("labelSmoothing", 0)
        return F.cross_entropy(logits, labels, weights, reduction="sum", label_smoothing=smoothing)
    if kind == "regression":
        return F.mse_loss(logits, labels, reduction="sum") / logits.shape[1]
    loss = F.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights, reduction="sum")
    return loss / logits.shape[1]
