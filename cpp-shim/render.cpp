// Rendering, and whether there is anything to render.
#include "actions.h"
#include "instance.h"
#include "text.h"

namespace wakeframe {
namespace {

RenderCall render_call(const Properties &in) {
  RenderCall call{};
  call.time = in.number(kOfxPropTime);
  call.scale_x = in.number(kOfxImageEffectPropRenderScale, 1.0);
  in.get(kOfxImageEffectPropRenderScale, 1, call.scale_y = call.scale_x);
  int window[4] = {};
  if (in.get(kOfxImageEffectPropRenderWindow, window)) call.window = Window{window[0], window[1], window[2], window[3]};
  call.interactive = in.integer(kOfxImageEffectPropInteractiveRenderStatus) != 0;
  call.sequential = in.integer(kOfxImageEffectPropSequentialRenderStatus) != 0;
  // OpenFX 1.5.1; not in the 1.4 headers.
  call.thumbnail = in.integer("OfxImageEffectPropThumbnailRender") != 0;
  return call;
}

}  // namespace

OfxStatus render(OfxImageEffectHandle effect, const Properties &in) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  return node_render(*instance->node, instance->effect, render_call(in));
}

OfxStatus is_identity(OfxImageEffectHandle effect, const Properties &in, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  double time = 0;
  const OfxStatus status = node_is_identity(*instance->node, instance->effect, render_call(in), time);
  if (status != kOfxStatOK) return status;
  out.set(kOfxPropName, 0, kOfxImageEffectSimpleSourceClipName);
  out.set(kOfxPropTime, 0, time);
  return kOfxStatOK;
}

}  // namespace wakeframe
