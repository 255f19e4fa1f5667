"""PyTorch's side of the benchmark: torch_reference.py '<workload as JSON>', then one line on stdin a run.

It prints the same messages as runner.ts. Needs torch and torchvision; the operations come from workload.ts by name.
"""

import json
import re
import resource
import sys
import time

import torch
import torchvision

WARM_UP_RUNS = 3
OPTIMIZER_RUNS = 10
OPERATION_BATCH = 8


def say(message):
    print(json.dumps(message), flush=True)


def make_model(workload):
    model = getattr(torchvision.models, workload["model"])(num_classes=workload["classes"])
    first = model.conv1
    model.conv1 = torch.nn.Conv2d(
        workload["channels"], first.out_channels, first.kernel_size, first.stride, first.padding, bias=False
    )
    return model.to(memory_format=memory_format(workload))


def memory_format(workload):
    return torch.channels_last if workload.get("channelsLast") else torch.contiguous_format


def pictures(workload):
    side = workload["size"]
    images = torch.randn(workload["batch"], workload["channels"], side, side)
    return images.contiguous(memory_format=memory_format(workload))


def in_precision(workload):
    return torch.autocast("cpu", torch.bfloat16, enabled=workload.get("precision") == "bfloat16")


def maybe_compiled(function, workload):
    return torch.compile(function) if workload.get("compiled") else function


ADAMS = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def fastest_step(optimizer):
    runs = []
    for _ in range(OPTIMIZER_RUNS):
        start = time.perf_counter()
        optimizer.step()
        runs.append(time.perf_counter() - start)
    return min(runs)


def fastest_adam(parameters):
    """The quickest of Adam's implementations on parameters that have gradients, and its name."""
    parameters = list(parameters)
    seconds = {}
    for name, options in ADAMS.items():
        try:
            seconds[name] = fastest_step(torch.optim.Adam(parameters, lr=1e-4, **options))
        except RuntimeError:  # Older versions have no fused one on a CPU.
            continue
    name = min(seconds, key=seconds.get)
    return torch.optim.Adam(parameters, lr=1e-4, **ADAMS[name]), f"Adam {name}"


def train_runs(workload):
    model = make_model(workload).train()
    images = pictures(workload)
    labels = (torch.arange(workload["batch"] * workload["classes"]) % 7 == 0).float()
    labels = labels.reshape(workload["batch"], workload["classes"])

    def focal_loss(images, labels):
        with in_precision(workload):
            logits = model(images)
        z = logits.float() * (1 - 2 * labels)
        return (torch.sigmoid(z) ** 2 * torch.nn.functional.softplus(z)).mean()

    compute = maybe_compiled(focal_loss, workload)
    compute(images, labels).backward()
    optimizer, name = fastest_adam(model.parameters())

    def step():
        optimizer.zero_grad()
        loss = compute(images, labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return {"step": step}, name


def inference_runs(workload):
    model = make_model(workload).eval()
    images = pictures(workload)
    if workload.get("frozen"):
        # Weights as constants: normalisations are folded into convolutions, and conversions happen once.
        from torch._inductor import config

        config.freezing = True

    def probabilities(images):
        with in_precision(workload):
            return torch.sigmoid(model(images).float())

    compute = maybe_compiled(probabilities, workload)

    def step():
        with torch.no_grad():
            compute(images).sum().item()

    return {"step": step}, "folded by freezing" if workload.get("frozen") else "not folded"


def convolution_runs(name):
    pattern = r"conv (\d+)x\d+x(\d+)->(\d+) k(\d+) s(\d+)"
    size, inputs, outputs, kernel, stride = map(int, re.fullmatch(pattern, name).groups())
    x = torch.randn(OPERATION_BATCH, inputs, size, size)
    weight = torch.randn(outputs, inputs, kernel, kernel)
    padding = (kernel - 1) // 2
    y = torch.nn.functional.conv2d(x, weight, stride=stride, padding=padding)

    def backward(mask):
        return lambda: torch.ops.aten.convolution_backward(
            y, x, weight, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, mask
        )

    return {
        name: lambda: torch.nn.functional.conv2d(x, weight, stride=stride, padding=padding),
        name + " dx": backward([True, False, False]),
        name + " dw": backward([False, True, False]),
    }


def operation_runs(workload):
    runs = {}
    for name in workload["operations"]:
        if name.startswith("conv"):
            runs.update(convolution_runs(name))
        else:
            side = int(name.split()[1])
            a, b = torch.randn(side, side), torch.randn(side, side)
            runs[name] = lambda a=a, b=b: a @ b
    return runs, "operations"


def count_flops(workload):
    """Floating-point operations of one forward pass of one picture, a multiply-add counted as two."""
    total = 0

    def add(module, _inputs, output):
        nonlocal total
        if isinstance(module, torch.nn.Conv2d):
            total += 2 * output[0].numel() * module.weight[0].numel()
        else:
            total += 2 * module.weight.numel()

    model = make_model(workload).eval()
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(add)
    with torch.no_grad():
        model(pictures({**workload, "batch": 1}))
    return total


def memory():
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return {"residentBytes": pages * resource.getpagesize(), "tensors": 0}


def measure(runs):
    milliseconds = {}
    cpu = time.process_time()
    with torch.inference_mode(False):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            milliseconds[name] = (time.perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cpu = (time.process_time() - cpu) * 1000
    return {"milliseconds": milliseconds, "cpuMilliseconds": cpu, "launches": None, **memory(), "peakBytes": peak}


def warm_up(workload):
    """What is measured, ready to be, and what there is to know about it."""
    if workload["threads"]:
        torch.set_num_threads(workload["threads"])
    makers = {"train": train_runs, "inference": inference_runs, "ops": operation_runs}
    runs, note = makers[workload["kind"]](workload)
    for _ in range(WARM_UP_RUNS):
        measure(runs)
    return runs, note


def main():
    workload = json.loads(sys.argv[1])
    try:
        runs, note = warm_up(workload)
    except Exception as error:  # Compilers fail in many ways; the reason is told, and the contestant left out.
        lines = str(error).strip().splitlines() or [""]
        say({"absent": f"{type(error).__name__}: {lines[0]}"})
        sys.exit(1)
    flops = 0 if workload["kind"] == "ops" else count_flops(workload)
    say({"line": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {note}", "flops": flops})
    for _ in sys.stdin:
        say(measure(runs))


if __name__ == "__main__":
    main()
