"""Writes ../fixtures/train/adam_steps.json: losses of 20 Adam steps of a small convolutional network in PyTorch, with its start and data."""
import json
import os

import torch
import torch.nn.functional as F

torch.manual_seed(0)
SIZE, CHANNELS, CLASSES, BATCH, STEPS = 7, 4, 3, 4, 20


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(CHANNELS, 4, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(x.mean((2, 3)))


def focal(x, t):
    z = x * (1 - 2 * t)
    return (torch.sigmoid(z) ** 2 * F.softplus(z)).mean()


model = Net()
start = {name: {"shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()} for name, tensor in model.state_dict().items()}
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
images = torch.randn(STEPS, BATCH, CHANNELS, SIZE, SIZE).mul(100).round() / 100
labels = (torch.rand(STEPS, BATCH, CLASSES) < 0.4).float()
losses = []
for step in range(STEPS):
    optimizer.zero_grad()
    loss = focal(model(images[step]), labels[step])
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
end = {name: tensor.reshape(-1).tolist() for name, tensor in model.state_dict().items()}
path = os.path.join(os.path.dirname(__file__), "..", "fixtures", "train", "adam_steps.json")
json.dump({
    "torch": torch.__version__, "size": SIZE, "channels": CHANNELS, "classes": CLASSES, "batch": BATCH,
    "start": start, "end": end, "losses": losses,
    # [step, batch, height, width, channels], two decimals as whole numbers
    "images": images.permute(0, 1, 3, 4, 2).reshape(STEPS, -1).mul(100).round().int().tolist(),
    "labels": labels.reshape(STEPS, -1).int().tolist(),
}, open(path, "w"))
