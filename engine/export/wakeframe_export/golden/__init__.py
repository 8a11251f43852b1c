"""Golden files: what the reference makes of a tiny checkpoint, for the engine's tests.

`python -m wakeframe_export.golden FORM OUT.safetensors` runs the reference pipeline for every case of `engine/export/golden/FORM.json`.

A golden file is a safetensors file. Its header has one entry of metadata, `golden`, a JSON object:
- `form`, `seed` (of the checkpoint), `reference` (versions of the libraries);
- `cases`: one object per case with everything that was asked for: `name`, `prompt`, `negative`, `seed`, `width`, `height`, `frames`,
  `steps`, `guidance`, `fps`, `scheduler`, `still` and what belongs to the form (see `cases.py`).

Its tensors:
- `still/NAME`, u8 [H, W, 3]: a still, sRGB;
- `CASE/frames`, u16 [F, H, W, 3]: the final frames, round(x · 65535) of x in 0…1;
- `CASE/latents`, f32 [steps, …]: the latents after every step, without the batch axis, in the pipeline's own layout: Wan and I2VGen-XL
  [C, F, h, w], SVD and CogVideoX [F, C, h, w], LTX tokens [S, C] (appended keyframes first);
- two passes only: `CASE/first`, f32 [steps, …]: the first pass; `CASE/upsampled`, f32 [C, F, 2h, 2w]: the latent between the passes.
"""
