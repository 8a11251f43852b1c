// The bridge's side of an instance: one function an action. See bridge.h.
#include <stdexcept>

#include "bridge.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "bundle.h"
#include "call.h"
#include "clip.h"
#include "describe.h"
#include "effect.h"
#include "params.h"
#include "text.h"

namespace refhost {

namespace {

using namespace OFX::Host;

/// The frame around every action: what it is called at.
Call at(const Effect &effect, double time, double scale_x, double scale_y,
        const RenderJob *job = nullptr) {
  Call call;
  call.effect = &effect;
  call.time = time;
  call.scale_x = scale_x;
  call.scale_y = scale_y;
  call.job = job;
  return call;
}

OfxRectI rect(const Window &w) { return OfxRectI{w.x1, w.y1, w.x2, w.y2}; }
Region region(const OfxRectD &r) { return Region{r.x1, r.y1, r.x2, r.y2}; }

Param::Instance &find_param(const Effect &effect, const std::string &name) {
  Param::Instance *param = effect.getParam(name);
  if (!param)
    throw std::runtime_error("no parameter " + name);
  return *param;
}

HostValue &find_value(const Effect &effect, const std::string &name) {
  auto *value = dynamic_cast<HostValue *>(&find_param(effect, name));
  if (!value)
    throw std::runtime_error("parameter " + name + " holds no value");
  return *value;
}

/// The first of the statuses that is a failure, or the middle one, which is the one that counts.
OfxStatus worst(OfxStatus begin, OfxStatus changed, OfxStatus end) {
  for (OfxStatus status : {changed, begin, end})
    if (status != kOfxStatOK && status != kOfxStatReplyDefault)
      return status;
  return changed;
}

} // namespace

std::unique_ptr<EffectInstance> new_instance(const HostRuntime &host, const InstanceSetup &setup,
                                             rust::Box<HostSide> side) {
  std::string id = owned(setup.plugin), name = owned(setup.context);
  Bundle::Context context = host.bundle().context(id, name);
  if (!context.descriptor)
    throw std::runtime_error(id + " could not be described in " + name + ": " +
                             OFX::StatStr(context.status));
  return std::unique_ptr<EffectInstance>(new EffectInstance(
      make_effect(host.bundle().plugin(id), *context.descriptor, setup, std::move(side))));
}

EffectInstance::EffectInstance(std::unique_ptr<Effect> effect) : _effect(std::move(effect)) {}

EffectInstance::~EffectInstance() {}

int32_t EffectInstance::create() const { return _effect->create_action(); }

int32_t EffectInstance::destroy() const { return _effect->destroy_action(); }

PreferencesOutcome EffectInstance::clip_preferences(bool only_if_dirty) const {
  PreferencesOutcome out;
  out.status = kOfxStatReplyDefault;
  if (!only_if_dirty || _effect->areClipPrefsDirty()) {
    _effect->getClipPreferences();
    out.status = Effect::last_status();
  }
  out.frame_varying = _effect->isFrameVarying();
  out.continuous_samples = _effect->continuousSamples();
  out.frame_rate = _effect->getOutputFrameRate();
  out.premult = lossy(_effect->getOutputPreMultiplication());
  out.fielding = lossy(_effect->getOutputFielding());
  for (int i = 0; i < _effect->getNClips(); ++i) {
    ImageEffect::ClipInstance *clip = _effect->getNthClip(i);
    ClipFormat format;
    format.clip = lossy(clip->getName());
    format.depth = lossy(clip->getPixelDepth());
    format.components = lossy(clip->getComponents());
    format.premult = lossy(clip->getPremult());
    out.clips.push_back(format);
  }
  return out;
}

RangeOutcome EffectInstance::time_domain() const {
  OfxRangeD range = {0, 0};
  RangeOutcome out;
  out.status = _effect->getTimeDomainAction(range);
  out.first = range.min;
  out.last = range.max;
  return out;
}

RegionOutcome EffectInstance::region_of_definition(double time, double scale_x,
                                                   double scale_y) const {
  CallScope scope(at(*_effect, time, scale_x, scale_y));
  OfxRectD rod = {0, 0, 0, 0};
  RegionOutcome out;
  out.status = _effect->getRegionOfDefinitionAction(time, OfxPointD{scale_x, scale_y}, rod);
  out.region = region(rod);
  return out;
}

RegionsOutcome EffectInstance::regions_of_interest(double time, double scale_x, double scale_y,
                                                   const Region &wanted) const {
  CallScope scope(at(*_effect, time, scale_x, scale_y));
  std::map<ImageEffect::ClipInstance *, OfxRectD> rois;
  OfxRectD roi = {wanted.x1, wanted.y1, wanted.x2, wanted.y2};
  RegionsOutcome out;
  out.status =
      _effect->getRegionOfInterestAction(time, OfxPointD{scale_x, scale_y}, roi, rois);
  for (const auto &entry : rois) {
    ClipRegion found;
    found.clip = lossy(entry.first->getName());
    found.region = region(entry.second);
    out.regions.push_back(found);
  }
  return out;
}

FramesOutcome EffectInstance::frames_needed(double time) const {
  CallScope scope(at(*_effect, time, 1, 1));
  ImageEffect::RangeMap ranges;
  FramesOutcome out;
  out.status = _effect->getFrameNeededAction(time, ranges);
  for (const auto &entry : ranges)
    for (const OfxRangeD &range : entry.second) {
      ClipFrames found;
      found.clip = lossy(entry.first->getName());
      found.first = range.min;
      found.last = range.max;
      out.frames.push_back(found);
    }
  return out;
}

IdentityOutcome EffectInstance::is_identity(const RenderCall &call) const {
  CallScope scope(at(*_effect, call.time, call.scale_x, call.scale_y));
  OfxTime time = call.time;
  std::string clip;
  IdentityOutcome out;
  out.status = _effect->isIdentityAction(time, owned(call.field), rect(call.window),
                                         OfxPointD{call.scale_x, call.scale_y}, clip);
  out.time = time;
  out.clip = lossy(clip);
  return out;
}

int32_t EffectInstance::begin_sequence(const SequenceCall &call) const {
  CallScope scope(at(*_effect, call.first, call.scale_x, call.scale_y));
  return _effect->beginRenderAction(call.first, call.last, call.step, call.interactive,
                                    OfxPointD{call.scale_x, call.scale_y}, call.sequential,
                                    call.interactive);
}

int32_t EffectInstance::end_sequence(const SequenceCall &call) const {
  CallScope scope(at(*_effect, call.last, call.scale_x, call.scale_y));
  return _effect->endRenderAction(call.first, call.last, call.step, call.interactive,
                                  OfxPointD{call.scale_x, call.scale_y}, call.sequential,
                                  call.interactive);
}

RenderOutcome EffectInstance::render(const RenderCall &call, const ImageRecord &output) const {
  RenderJob job{&output, call.thumbnail, std::make_shared<std::atomic<long>>(0)};
  RenderOutcome out;
  {
    CallScope scope(at(*_effect, call.time, call.scale_x, call.scale_y, &job));
    out.status = _effect->renderAction(call.time, owned(call.field), rect(call.window),
                                       OfxPointD{call.scale_x, call.scale_y}, call.sequential,
                                       call.interactive, call.draft);
  }
  out.leaked_images = *job.live_images;
  return out;
}

rust::Vec<ParamRecord> EffectInstance::params() const {
  rust::Vec<ParamRecord> out;
  for (Param::Instance *param : _effect->getParamList())
    out.push_back(describe_param(*param));
  return out;
}

ParamRecord EffectInstance::param(rust::Str name) const {
  return describe_param(find_param(*_effect, owned(name)));
}

ValueRecord EffectInstance::get_value(rust::Str name) const {
  return find_value(*_effect, owned(name)).read();
}

void EffectInstance::set_value(rust::Str name, const ValueRecord &value) const {
  find_value(*_effect, owned(name)).write(value);
}

int32_t EffectInstance::param_changed(rust::Str name, rust::Str reason, double time,
                                      double scale_x, double scale_y) const {
  std::string param = owned(name), why = owned(reason);
  find_param(*_effect, param);
  CallScope scope(at(*_effect, time, scale_x, scale_y));
  OfxStatus begin = _effect->beginInstanceChangedAction(why);
  OfxStatus changed =
      _effect->paramInstanceChangedAction(param, why, time, OfxPointD{scale_x, scale_y});
  OfxStatus end = _effect->endInstanceChangedAction(why);
  return worst(begin, changed, end);
}

int32_t EffectInstance::clip_changed(rust::Str name, rust::Str reason, double time,
                                     double scale_x, double scale_y) const {
  std::string clip = owned(name), why = owned(reason);
  if (!_effect->clip(clip))
    throw std::runtime_error("no clip " + clip);
  CallScope scope(at(*_effect, time, scale_x, scale_y));
  OfxStatus begin = _effect->beginInstanceChangedAction(why);
  OfxStatus changed =
      _effect->clipInstanceChangedAction(clip, why, time, OfxPointD{scale_x, scale_y});
  OfxStatus end = _effect->endInstanceChangedAction(why);
  return worst(begin, changed, end);
}

void EffectInstance::set_connected(rust::Str name, bool connected) const {
  Clip *clip = _effect->clip(owned(name));
  if (!clip)
    throw std::runtime_error("no clip " + owned(name));
  clip->set_connected(connected);
}

int64_t EffectInstance::held_images() const { return *_effect->live_images(); }

int32_t EffectInstance::sync_private_data() const { return _effect->syncPrivateDataAction(); }

int32_t EffectInstance::purge_caches() const { return _effect->purgeCachesAction(); }

int32_t EffectInstance::begin_edit() const { return _effect->beginInstanceEditAction(); }

int32_t EffectInstance::end_edit() const { return _effect->endInstanceEditAction(); }

} // namespace refhost
