#include "effect.h"

#include <stdexcept>

#include "wakeframe-tests/src/bridge.rs.h"

#include "call.h"
#include "clip.h"
#include "host.h"
#include "params.h"
#include "text.h"

namespace refhost {

namespace {

thread_local OfxStatus last = kOfxStatReplyDefault;

/// "You can only set parameters in the following actions passed to the plug-in's main entry
/// function" (OFX Programming Reference, Setting Parameters).
bool may_set_params(const char *action) {
  for (const char *allowed :
       {kOfxActionCreateInstance, kOfxActionBeginInstanceChanged, kOfxActionInstanceChanged,
        kOfxActionEndInstanceChanged, kOfxActionSyncPrivateData})
    if (std::strcmp(action, allowed) == 0)
      return true;
  return false;
}

} // namespace

std::unique_ptr<Effect> make_effect(OFX::Host::ImageEffect::ImageEffectPlugin &plugin,
                                    OFX::Host::ImageEffect::Descriptor &descriptor,
                                    const InstanceSetup &setup, rust::Box<HostSide> side) {
  std::unique_ptr<Effect> effect(new Effect(plugin, descriptor, setup, std::move(side)));
  effect->_setup = &setup;
  OfxStatus status = effect->populate();
  effect->_setup = nullptr;
  if (status != kOfxStatOK)
    throw std::runtime_error(std::string("the instance could not be populated: ") +
                             OFX::StatStr(status));
  // The create action is for "after the host populates it's params and clips with the 'correct'
  // values (either persisted ones or the defaults)" (ofxhImageEffect.h).
  for (const NamedValue &entry : setup.values) {
    std::string name = owned(entry.name);
    auto *value = dynamic_cast<HostValue *>(effect->getParam(name));
    if (!value)
      throw std::runtime_error("no parameter " + name + " that holds a value");
    value->write(entry.value);
  }
  return effect;
}

Effect::Effect(OFX::Host::ImageEffect::ImageEffectPlugin &plugin,
               OFX::Host::ImageEffect::Descriptor &descriptor, const InstanceSetup &setup,
               rust::Box<HostSide> side)
    : OFX::Host::ImageEffect::Instance(&plugin, descriptor, owned(setup.context),
                                       setup.interactive),
      _side(std::move(side)), _setup(nullptr), _width(setup.project_width),
      _height(setup.project_height), _par(setup.par), _frame_rate(setup.frame_rate),
      _first(setup.first), _last(setup.last),
      _live_images(std::make_shared<std::atomic<long>>(0)) {
  // HostSupport gives every instance tiles, whatever its description and its host say.
  bool tiles = descriptor.supportsTiles() &&
               Host::current().getProperties().getIntProperty(kOfxImageEffectPropSupportsTiles);
  _properties.setIntProperty(kOfxImageEffectPropSupportsTiles, tiles);
}

Effect::~Effect() {
  try {
    destroy_action();
  } catch (...) {
    // A destructor has nobody to tell.
  }
}

Effect *Effect::from_handle(void *handle) {
  if (!handle)
    return nullptr;
  auto *base = reinterpret_cast<OFX::Host::ImageEffect::Base *>(handle);
  return base->verifyMagic() ? dynamic_cast<Effect *>(base) : nullptr;
}

Clip *Effect::clip(const std::string &name) const { return dynamic_cast<Clip *>(getClip(name)); }

OfxStatus Effect::create_action() {
  OfxStatus status = createInstanceAction();
  // HostSupport takes an instance whose creation was left to the default for none at all.
  if (status == kOfxStatReplyDefault)
    _created = true;
  return status;
}

OfxStatus Effect::destroy_action() {
  if (!_created)
    return kOfxStatReplyDefault;
  _created = false;
  return mainEntry(kOfxActionDestroyInstance, getHandle(), nullptr, nullptr);
}

OfxStatus Effect::last_status() { return last; }

OfxStatus Effect::mainEntry(const char *action, const void *handle,
                            OFX::Host::Property::Set *in_args,
                            OFX::Host::Property::Set *out_args) {
  Call call;
  if (const Call *outer = current_call(this))
    call = *outer; // an action inside another keeps its time and scale
  call.effect = this;
  call.action = action;
  OfxStatus status;
  {
    CallScope scope(call);
    status = OFX::Host::ImageEffect::Instance::mainEntry(action, handle, in_args, out_args);
  }
  last = status;
  _side->action_called(rust::Str(action), status);
  return status;
}

void Effect::setCustomInArgs(const std::string &action, OFX::Host::Property::Set &in_args) {
  if (action != kOfxImageEffectActionRender || !Host::current().offers_thumbnails())
    return;
  const Call *call = current_call(this);
  OFX::Host::Property::PropSpec spec = {kOfxRenderArgThumbnail, OFX::Host::Property::eInt, 1, true,
                                        "0"};
  in_args.createProperty(spec);
  in_args.setIntProperty(kOfxRenderArgThumbnail, call && call->job && call->job->thumbnail);
}

OFX::Host::ImageEffect::ClipInstance *
Effect::newClipInstance(OFX::Host::ImageEffect::Instance *,
                        OFX::Host::ImageEffect::ClipDescriptor *descriptor, int) {
  for (const ClipSetup &setup : _setup->clips)
    if (owned(setup.name) == descriptor->getName())
      return new Clip(*this, *descriptor, setup);
  // A clip nobody set up is there, and unconnected.
  ClipSetup none{};
  none.depth = kOfxBitDepthFloat;
  none.components = kOfxImageComponentRGBA;
  none.premult = kOfxImagePreMultiplied;
  none.field_order = kOfxImageFieldNone;
  none.par = _par;
  none.frame_rate = _frame_rate;
  none.first = _first;
  none.last = _last;
  none.region = Region{0, 0, _width, _height};
  return new Clip(*this, *descriptor, none);
}

OFX::Host::Param::Instance *Effect::newParam(const std::string &,
                                             OFX::Host::Param::Descriptor &descriptor) {
  return new_param(*this, descriptor);
}

int Effect::abort() { return _side->abort_requested(rust::Str(current_action(this))); }

void Effect::paramChangedByPlugin(OFX::Host::Param::Instance *param) {
  const char *action = current_action(this);
  bool legal = may_set_params(action);
  rust::String name = lossy(param->getName());
  _side->param_written(rust::Str(name.data(), name.size()), rust::Str(action), legal,
                       param->getEvaluateOnChange());
  // Where setting was forbidden, running another action from a render would only add to it.
  if (legal)
    OFX::Host::ImageEffect::Instance::paramChangedByPlugin(param);
}

OfxStatus Effect::vmessage(const char *type, const char *id, const char *format, va_list args) {
  rust::String text = lossy(format_message(format, args));
  rust::String raw = lossy(format), kind = lossy(type), name = lossy(id);
  return _side->message(rust::Str(kind.data(), kind.size()), rust::Str(name.data(), name.size()),
                        rust::Str(raw.data(), raw.size()), rust::Str(text.data(), text.size()),
                        rust::Str(current_action(this)));
}

OfxStatus Effect::setPersistentMessage(const char *type, const char *id, const char *format,
                                       va_list args) {
  rust::String text = lossy(format_message(format, args));
  rust::String raw = lossy(format), kind = lossy(type), name = lossy(id);
  _side->set_persistent(rust::Str(kind.data(), kind.size()), rust::Str(name.data(), name.size()),
                        rust::Str(raw.data(), raw.size()), rust::Str(text.data(), text.size()),
                        rust::Str(current_action(this)));
  return kOfxStatOK;
}

OfxStatus Effect::clearPersistentMessage() {
  _side->clear_persistent(rust::Str(current_action(this)));
  return kOfxStatOK;
}

void Effect::progressStart(const std::string &label, const std::string &id) {
  rust::String text = lossy(label), name = lossy(id);
  _side->progress_start(rust::Str(text.data(), text.size()), rust::Str(name.data(), name.size()),
                        rust::Str(current_action(this)));
}

bool Effect::progressUpdate(double value) {
  return _side->progress_update(value, rust::Str(current_action(this)));
}

void Effect::progressEnd() { _side->progress_end(rust::Str(current_action(this))); }

double Effect::timeLineGetTime() { return _side->timeline_time(); }

void Effect::timeLineGotoTime(double time) { _side->timeline_goto(time); }

void Effect::timeLineGetBounds(double &first, double &last_time) {
  first = _first;
  last_time = _last;
}

const std::string &Effect::getDefaultOutputFielding() const {
  static const std::string none(kOfxImageFieldNone);
  return none;
}

void Effect::getProjectSize(double &width, double &height) const {
  width = _width;
  height = _height;
}

void Effect::getProjectOffset(double &x, double &y) const { x = y = 0; }

void Effect::getProjectExtent(double &width, double &height) const {
  getProjectSize(width, height);
}

double Effect::getFrameRecursive() const {
  const Call *call = current_call(this);
  return call ? call->time : 0;
}

void Effect::getRenderScaleRecursive(double &x, double &y) const {
  const Call *call = current_call(this);
  x = call ? call->scale_x : 1;
  y = call ? call->scale_y : 1;
}

int Effect::getDimension(const std::string &name) const OFX_EXCEPTION_SPEC {
  // HostSupport prints "failing in ..." and throws for every property it answers by hook.
  if (name == kOfxImageEffectPropProjectSize || name == kOfxImageEffectPropProjectOffset ||
      name == kOfxImageEffectPropProjectExtent)
    return 2;
  return 1;
}

} // namespace refhost
