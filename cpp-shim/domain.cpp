// Where and when: time domain, regions, frames needed, clip preferences.
#include "actions.h"
#include "instance.h"
#include "text.h"

namespace wakeframe {

OfxStatus clip_preferences(OfxImageEffectHandle effect, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  Preferences preferences;
  const OfxStatus status = node_clip_preferences(*instance->node, instance->effect, preferences);
  if (status != kOfxStatOK) return status;
  if (!preferences.components.empty()) out.set("OfxImageClipPropComponents_Output", 0, std::string(preferences.components));
  if (!preferences.premultiplication.empty()) out.set(kOfxImageEffectPropPreMultiplication, 0, std::string(preferences.premultiplication));
  // Without it Natron renders one frame and shows it for every time.
  out.set(kOfxImageEffectFrameVarying, 0, 1);
  return kOfxStatOK;
}

OfxStatus time_domain(OfxImageEffectHandle effect, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  Range range{};
  const OfxStatus status = node_time_domain(*instance->node, instance->effect, range);
  if (status != kOfxStatOK) return status;
  out.set(kOfxImageEffectPropFrameRange, 0, range.first);
  out.set(kOfxImageEffectPropFrameRange, 1, range.last);
  return kOfxStatOK;
}

namespace {

void set_region(const Properties &out, const char *name, const Region &r) {
  const double values[] = {r.x1, r.y1, r.x2, r.y2};
  for (int i = 0; i < 4; ++i) out.set(name, i, values[i]);
}

// Each frame is a range of its own.
void set_frames(const Properties &out, const char *name, const rust::Vec<double> &frames) {
  int index = 0;
  for (const double frame : frames) {
    out.set(name, index++, frame);
    out.set(name, index++, frame);
  }
}

}  // namespace

OfxStatus region_of_definition(OfxImageEffectHandle effect, const Properties &in, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  Region region{};
  const OfxStatus status = node_region_of_definition(*instance->node, instance->effect, in.number(kOfxPropTime), region);
  if (status == kOfxStatOK) set_region(out, kOfxImageEffectPropRegionOfDefinition, region);
  return status;
}

OfxStatus regions_of_interest(OfxImageEffectHandle effect, const Properties &in, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  Region region{};
  const OfxStatus status = node_source_region(*instance->node, instance->effect, in.number(kOfxPropTime), region);
  if (status == kOfxStatOK) set_region(out, "OfxImageClipPropRoI_Source", region);
  return status;
}

OfxStatus frames_needed(OfxImageEffectHandle effect, const Properties &in, const Properties &out) {
  const Instance *instance = instance_of(effect);
  if (!instance) return kOfxStatErrBadHandle;
  rust::Vec<double> source, mask;
  const OfxStatus status = node_frames_needed(*instance->node, instance->effect, in.number(kOfxPropTime), source, mask);
  if (status != kOfxStatOK) return status;
  set_frames(out, "OfxImageClipPropFrameRange_Source", source);
  set_frames(out, "OfxImageClipPropFrameRange_Mask", mask);
  return kOfxStatOK;
}

}  // namespace wakeframe
