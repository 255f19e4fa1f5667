"""Plain PyTorch twins of Podium's models, with the parameter `width` that keeps fixtures small."""
import torch
from torch import nn


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.downsample = None
        if stride != 1 or channels != 4 * filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, 4 * filters, 1, stride, bias=False), nn.BatchNorm2d(4 * filters))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, block, counts, width, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        expansion = 4 if block is Bottleneck else 1
        before = width
        for stage, count in enumerate(counts):
            filters = width * 2**stage
            blocks = []
            for index in range(count):
                blocks.append(block(before, filters, 2 if stage > 0 and index == 0 else 1))
                before = filters * expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def resnet(name, width, channels, classes):
    block, counts = {
        "resnet18": (BasicBlock, (2, 2, 2, 2)),
        "resnet34": (BasicBlock, (3, 4, 6, 3)),
        "resnet50": (Bottleneck, (3, 4, 6, 3)),
    }[name]
    return ResNet(block, counts, width, channels, classes)


class Excitation(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class SEBottleneck(nn.Module):
    def __init__(self, channels, filters, stride, excitation):
        super().__init__()
        inner = filters // 2
        self.conv1 = nn.Conv2d(channels, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=32, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(filters)
        self.excitation = excitation
        setattr(self, excitation, Excitation(filters))
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = getattr(self, self.excitation)(self.bn3(self.conv3(y)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class SEResNeXt50(nn.Module):
    """legacy: pretrainedmodels' names and ceil-mode pool; otherwise timm's seresnext50_32x4d."""

    def __init__(self, legacy, channels, classes):
        super().__init__()
        stem = nn.Module() if legacy else self
        stem.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
        stem.bn1 = nn.BatchNorm2d(64)
        if legacy:
            self.layer0 = stem
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True) if legacy else nn.MaxPool2d(3, 2, 1)
        before = 64
        for stage, count in enumerate((3, 4, 6, 3)):
            blocks = []
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(SEBottleneck(before, 256 * 2**stage, stride, "se_module" if legacy else "se"))
                before = 256 * 2**stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.legacy = legacy
        setattr(self, "last_linear" if legacy else "fc", nn.Linear(before, classes))

    def features(self, x):
        stem = self.layer0 if self.legacy else self
        x = self.pool(torch.relu(stem.bn1(stem.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))

    def forward(self, x):
        head = self.last_linear if self.legacy else self.fc
        return head(self.features(x).mean((2, 3)))


def attend(features, size, linear, attention):
    """Upstream's attention head: adaptive pool, then logits weighted by a softmax over positions."""
    if features.size(-1) != size:
        features = nn.functional.adaptive_avg_pool2d(features, size)
    weights = torch.softmax(attention(features).flatten(2), 2)
    return (linear(features).flatten(2) * weights).sum(2)


class AttentionSEResNeXt50(SEResNeXt50):
    def __init__(self, size, channels, classes):
        super().__init__(True, channels, classes)
        self.size = size
        self.last_linear = nn.Conv2d(2048, classes, 1)
        self.attention = nn.Conv2d(2048, classes, 1)

    def forward(self, x):
        return attend(self.features(x), self.size, self.last_linear, self.attention)


class AttentionInception(nn.Module):
    """torchvision's Inception v3 under upstream's two attention heads."""

    def __init__(self, size, aux_size, channels, classes):
        super().__init__()
        import torchvision

        cnn = torchvision.models.inception_v3(weights=None, init_weights=False)
        cnn.Conv2d_1a_3x3.conv = nn.Conv2d(channels, 32, 3, 2, bias=False)
        self.lower, self.upper = [], []
        for name, child in cnn.named_children():
            if name in ("AuxLogits", "avgpool", "dropout", "fc"):
                continue
            setattr(self, name, child)
            (self.upper if name.startswith("Mixed_7") else self.lower).append(name)
        self.sizes = (size, aux_size)
        self.aux_linear, self.aux_attention = nn.Conv2d(768, classes, 1), nn.Conv2d(768, classes, 1)
        self.last_linear, self.attention = nn.Conv2d(2048, classes, 1), nn.Conv2d(2048, classes, 1)

    def forward(self, x):
        for name in self.lower:
            x = getattr(self, name)(x)
        aux = attend(x, self.sizes[1], self.aux_linear, self.aux_attention)
        for name in self.upper:
            x = getattr(self, name)(x)
        logits = attend(x, self.sizes[0], self.last_linear, self.attention)
        return (logits, aux) if self.training else logits
