"""Prints by how many bytes a run of the bench block at N tokens raises the memory of this process: measure_block.py BLOCK.onnx N"""

import resource
import sys

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(sys.argv[1], options)
tokens = int(sys.argv[2])
shapes = {"hidden": (1, tokens, 768), "text": (1, 512, 768), "modulation": (1, 6, 768), "cosine": (1, tokens, 1, 64), "sine": (1, tokens, 1, 64)}
inputs = {name: np.random.default_rng(0).standard_normal(shape, np.float32) for name, shape in shapes.items()}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
session.run(None, inputs)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
