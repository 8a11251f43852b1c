"""The reader: token states of a prompt -> what it asks to move."""

import math

import torch
from torch import nn

from .settings import CLASS_COUNT, INTENT_PER_CLASS, INTENT_SIZE, LIVE, SHOT_SIZE, TOKEN_STATE

WIDTH, QUERIES, HEADS, HIDDEN = 96, 24, 4, 192
#: Below DEAD_ZONE a class does not move; the rest fades in over FADE.
DEAD_ZONE, FADE = 0.15, 0.15
#: The same for camera and light, of which a slow move is 0.3.
SHOT_DEAD_ZONE, SHOT_FADE = 0.12, 0.08
#: The network says the shot in these units: its few numbers are smaller than the intents' and count as much.
SHOT_SCALE = 2.0
MASKED = -1e4


class TokenMixer(nn.Module):
    """One pre-norm transformer layer over the tokens: (B,L,WIDTH), mask (B,L) -> (B,L,WIDTH)."""

    def __init__(self):
        super().__init__()
        self.norm_attention, self.norm_feed = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.to_qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.SiLU(), nn.Dropout(0.1), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, tokens, mask):
        batch, length, _ = tokens.shape
        heads = self.to_qkv(self.norm_attention(tokens)).reshape(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + (1 - mask)[:, None, None, :] * MASKED
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, WIDTH)
        tokens = tokens + self.out(mixed)
        return tokens + self.feed(self.norm_feed(tokens))


class Reader(nn.Module):
    """hidden (B,L,384), mask (B,L) float, 1 = real token -> raw intent and scaled shot (B,42+8)."""

    def __init__(self):
        super().__init__()
        self.inward = nn.Linear(TOKEN_STATE, WIDTH)
        self.mixer = TokenMixer()
        self.queries = nn.Parameter(torch.randn(QUERIES, WIDTH) * 0.2)
        self.key, self.value = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.head = nn.Sequential(nn.Linear(QUERIES * WIDTH, HIDDEN), nn.SiLU(), nn.Dropout(0.1),
                                  nn.Linear(HIDDEN, INTENT_SIZE + SHOT_SIZE))

    def forward(self, hidden, mask):
        tokens = self.mixer(self.inward(hidden), mask)
        scores = self.queries @ self.key(tokens).transpose(1, 2) + (1 - mask)[:, None, :] * MASKED
        return self.head((scores.softmax(-1) @ self.value(tokens)).flatten(1))


def settle(raw):
    """Reader output (B,50) -> intent (B,42) and shot (B,8) with dead zones: what hardly moves does not move at all."""
    by_class = raw[:, :INTENT_SIZE].reshape(-1, CLASS_COUNT, INTENT_PER_CLASS)
    awake = ((by_class[:, :, LIVE : LIVE + 1] - DEAD_ZONE) / FADE).clamp(0, 1)
    movable = torch.ones(CLASS_COUNT, 1, dtype=raw.dtype)
    movable[0] = 0
    shot = raw[:, INTENT_SIZE:] / SHOT_SCALE
    meant = ((shot.abs() - SHOT_DEAD_ZONE) / SHOT_FADE).clamp(0, 1)
    return (by_class * awake * movable).reshape(-1, INTENT_SIZE), (shot * meant).clamp(-1, 1)


class SettledReader(nn.Module):
    """The reader as it ships: hidden (1,L,384), mask (1,L) -> intent (1,42), shot (1,8) with the dead zones applied."""

    def __init__(self, reader: Reader):
        super().__init__()
        self.reader = reader

    def forward(self, hidden, mask):
        return settle(self.reader(hidden, mask))
