"""Writes what PyTorch computes for the models, for tests/golden/models_test.ts.

Weights and inputs come from a formula of name and position that tests/golden/formula.ts repeats, so that the fixtures
hold results only. Run with torch 1.13, torchvision 0.14 and safetensors:
  python3 -m venv --system-site-packages v && v/bin/pip install safetensors && v/bin/python tests/golden/models_reference.py [names]
The nets of TIMM ran with torch 2.15 and timm 1.0.31:
  python3 -m venv v && v/bin/pip install timm && v/bin/python tests/golden/models_reference.py convnextv2_atto convnextv2_tiny ...
"""
import functools
import pathlib
import re
import sys

import numpy as np
import torch
import torchvision
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

import torch_nets

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "nn"
CLASSES = 5


def noise(name, count):
    """Uniform numbers in [-1, 1) from FNV-1a of the name and a mixed counter."""
    seed = 0x811C9DC5
    for unit in name.encode():
        seed = ((seed ^ unit) * 0x01000193) & 0xFFFFFFFF
    x = (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(seed)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x85EBCA77)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE3D)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2147483648.0 - 1.0


# The last normalisation of a residual block is kept small, or dozens of blocks would add up to huge activations.
LAST_OF_BLOCK = re.compile(
    r"layer\d\.\d+\.bn[23]\.weight|features\.\d\.\d+\.block\.[23]\.1\.weight|blocks\.\d\.[1-9]\d*\.(bn[23]|pw_proj\.bn)\.weight"
)


def value_of(name, shape):
    count = int(np.prod(shape))
    u = noise(name, count)
    if name.endswith(("layer_scale", "gamma")):
        u = 0.5 + 0.2 * u
    elif name in ("cls_token", "reg_token", "pos_embed"):
        u = 0.5 * u
    elif len(shape) >= 2:
        u = np.sqrt(6.0 / np.prod(shape[1:])) * u
    elif name.endswith("running_var"):
        u = 1 + 0.3 * u
    elif LAST_OF_BLOCK.fullmatch(name):
        u = 0.2 + 0.1 * u
    elif name.endswith("weight"):
        u = 1 + 0.2 * u
    else:
        u = 0.1 * u
    return torch.from_numpy(u.astype(np.float32).reshape(tuple(shape)))


def fill(net):
    state = net.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            tensor.copy_(value_of(name, tensor.shape))
    net.load_state_dict(state)
    return net


def picture(size, batch, channels):
    values = noise(f"input.{size}", batch * channels * size * size)
    return torch.from_numpy(values.astype(np.float32).reshape(batch, channels, size, size))


def labels(batch):
    return torch.from_numpy((noise("labels", batch * CLASSES) > 0.2).astype(np.float32).reshape(batch, CLASSES))


def loss_of(outputs, wanted):
    if isinstance(outputs, tuple) and outputs[1] is None:
        outputs = outputs[0]
    if isinstance(outputs, tuple):
        main, aux = outputs
        return F.binary_cross_entropy_with_logits(main, wanted) + 0.4 * F.binary_cross_entropy_with_logits(aux, wanted)
    return F.binary_cross_entropy_with_logits(outputs, wanted)


def training(net, size, batch, channels):
    """
    One training pass in double precision (deep normalised nets magnify the rounding of single precision to percents):
    loss, a norm and a projection per gradient, running statistics after it.
    """
    net = net.double().train()
    loss = loss_of(net(picture(size, batch, channels).double()), labels(batch).double())
    loss.backward()
    found = {"loss": np.float32([loss.item()])}
    for name, parameter in net.named_parameters():
        gradient = parameter.grad.numpy().astype(np.float64).ravel()
        projection = (gradient * noise("direction." + name, gradient.size)).sum()
        found["gradient." + name] = np.float32([np.sqrt((gradient**2).sum()), projection])
    for name, buffer in net.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            found["statistics." + name] = buffer.numpy().astype(np.float32)[:32]
    return found


def adam_losses(net, channels, size, batch, rate):
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_of(net(picture(size, batch, channels)), labels(batch))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.float32(losses)


def with_channels(net, path, channels):
    """Replaces a torchvision stem by one for another number of channels."""
    parent = net.get_submodule(path.rpartition(".")[0])
    old = getattr(parent, path.rpartition(".")[2])
    made = nn.Conv2d(channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=old.bias is not None)
    setattr(parent, path.rpartition(".")[2], made)
    return net


def torchvision_resnet(name):
    return lambda: with_channels(getattr(torchvision.models, name)(num_classes=CLASSES), "conv1", 4)


def torchvision_inception():
    net = torchvision.models.inception_v3(num_classes=CLASSES, init_weights=False, dropout=0.0)
    return with_channels(net, "Conv2d_1a_3x3.conv", 4)


def torchvision_efficientnet(name):
    def build():
        net = getattr(torchvision.models, name)(num_classes=CLASSES, stochastic_depth_prob=0.0)
        net.classifier[0].p = 0.0
        return with_channels(net, "features.0.0", 4)

    return build


def torchvision_convnext():
    net = torchvision.models.convnext_tiny(num_classes=CLASSES, stochastic_depth_prob=0.0)
    return with_channels(net, "features.0.0", 4)


def timm_net(name, channels=4, **scaling):
    import timm

    return timm.create_model(name, num_classes=CLASSES, in_chans=channels, **scaling)


def auxiliary_logits(net, size, channels):
    """Inception's auxiliary logits in inference, where torchvision leaves them out."""
    caught = []
    handle = net.Mixed_6e.register_forward_hook(lambda module, inputs, output: caught.append(output))
    net(picture(size, 2, channels))
    handle.remove()
    return net.AuxLogits(caught[0]).numpy()


# name: (builder, channels, sizes of inference, size of training, batch of training)
NETS = {
    "resnet18": (torchvision_resnet("resnet18"), 4, (64, 75), 65, 3),
    "resnet34": (torchvision_resnet("resnet34"), 4, (64, 75), 65, 3),
    "resnet50": (torchvision_resnet("resnet50"), 4, (64, 75), 65, 3),
    "inception_v3": (torchvision_inception, 4, (100, 141), 171, 4),
    "se_resnext50": (lambda: torch_nets.SEResNeXt50(True, 4, CLASSES), 4, (64, 75), 73, 3),
    "seresnext50_32x4d": (lambda: torch_nets.SEResNeXt50(False, 4, CLASSES), 4, (64, 75), 73, 3),
    "attention": (lambda: torch_nets.AttentionSEResNeXt50(2, 4, CLASSES), 4, (64, 75), 97, 4),
    "attention_inceptionv3": (lambda: torch_nets.AttentionInception(2, 5, 4, CLASSES), 4, (100, 141), 171, 4),
    "efficientnet_b0": (torchvision_efficientnet("efficientnet_b0"), 4, (64, 75), 65, 3),
    "efficientnet_b1": (torchvision_efficientnet("efficientnet_b1"), 4, (64, 75), None, 0),
    "efficientnet_b2": (torchvision_efficientnet("efficientnet_b2"), 4, (64, 75), None, 0),
    "efficientnet_b3": (torchvision_efficientnet("efficientnet_b3"), 4, (64, 75), None, 0),
    "efficientnet_b4": (torchvision_efficientnet("efficientnet_b4"), 4, (64, 75), None, 0),
    "convnext_tiny": (torchvision_convnext, 4, (64, 75), 65, 3),
}

# timm's nets: size and batch of training; none where another net has the same blocks.
TIMM = {
    "convnextv2_atto": (None, 0),
    "convnextv2_tiny": (65, 3),
    "efficientnetv2_rw_s": (65, 3),
    "tf_efficientnetv2_s": (None, 0),
    "mobilenetv4_conv_small": (65, 3),
}
for name, (size, batch) in TIMM.items():
    NETS[name] = (functools.partial(timm_net, name), 4, (64, 75), size, batch)

# name: (builder with a small width, channels, size, batch, learning rate)
ADAM = {
    "resnet18": (lambda: torch_nets.resnet("resnet18", 8, 4, CLASSES), 4, 48, 6, 1e-3),
    "resnet34": (lambda: torch_nets.resnet("resnet34", 8, 4, CLASSES), 4, 49, 6, 1e-3),
    "convnextv2_tiny": (lambda: timm_net("convnextv2_tiny", dims=(8, 16, 32, 64)), 4, 65, 6, 1e-3),
    "efficientnetv2_rw_s": (lambda: timm_net("efficientnetv2_rw_s", channel_multiplier=0.25), 4, 65, 6, 3e-4),
    "tf_efficientnetv2_s": (lambda: timm_net("tf_efficientnetv2_s", channel_multiplier=0.25), 4, 65, 6, 3e-4),
    "mobilenetv4_conv_small": (lambda: timm_net("mobilenetv4_conv_small_035"), 4, 65, 6, 1e-4),
}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or sorted({*NETS, *ADAM})
    for name in wanted:
        found = {}
        if name in NETS:
            build, channels, sizes, train_size, batch = NETS[name]
            net = fill(build())
            net.eval()
            with torch.no_grad():
                for size in sizes:
                    found[f"logits.{size}"] = net(picture(size, 2, channels)).numpy()
                if name == "inception_v3":
                    found["auxiliary.299"] = auxiliary_logits(net, 299, channels)
                    net.AuxLogits = None
            if train_size:
                found.update(training(net, train_size, batch, channels))
        if name in ADAM:
            build, *settings = ADAM[name]
            found["adam"] = adam_losses(fill(build()), *settings)
        save_file(found, FOLDER / f"{name}.safetensors")
        (FOLDER / f"{name}.safetensors").chmod(0o644)
        print(name, {key: value.round(3).tolist() for key, value in found.items() if "." not in key})


if __name__ == "__main__":
    main()
