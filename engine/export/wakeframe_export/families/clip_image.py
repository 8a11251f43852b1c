"""CLIP's image encoder as one token, for the families that take the projected class token."""

import torch
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from ..family import Graph


class ImageEncoder(nn.Module):
    """pixel_values [B,3,S,S] -> image_embeds [B,D]: the projected class token."""

    def __init__(self, model: CLIPVisionModelWithProjection):
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.model(pixel_values=pixel_values).image_embeds


def image_graph(model: CLIPVisionModelWithProjection) -> Graph:
    """The image encoder."""
    size = model.config.image_size

    def examples(trial: int, random: torch.Generator):
        return (torch.randn(2 - trial, 3, size, size, generator=random),)

    return Graph("image_encoder", ImageEncoder(model), ["pixel_values"], ["image_embeds"], [{0: "batch"}], examples,
                 shapes=lambda *_: [(1, 3, size, size)])
