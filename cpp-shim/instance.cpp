// Creating and destroying instances. Nothing is computed, fetched or started here.
#include "instance.h"

#include "actions.h"
#include "text.h"

namespace wakeframe {

Instance *instance_of(OfxImageEffectHandle handle) {
  void *data = nullptr;
  Effect(handle).properties().get(kOfxPropInstanceData, 0, data);
  return static_cast<Instance *>(data);
}

HostFacts host_facts(const Properties &descriptor) {
  const Properties host(host_properties());
  HostFacts facts;
  facts.name = to_rust(host.text(kOfxPropName));
  facts.label = to_rust(host.text(kOfxPropLabel));
  facts.is_background = host.integer(kOfxImageEffectHostPropIsBackground) != 0;
  facts.plugin_path = to_rust(descriptor.text(kOfxPluginPropFilePath));
  return facts;
}

OfxStatus create_instance(OfxImageEffectHandle handle) {
  const Effect effect(handle);
  const Properties properties = effect.properties();
  const rust::String context = to_rust(properties.text(kOfxImageEffectPropContext));
  auto instance = std::make_unique<Instance>(Instance{effect, create_node(host_facts(Properties()), context)});
  if (!properties.set(kOfxPropInstanceData, 0, static_cast<void *>(instance.get()))) return kOfxStatFailed;
  node_ready(*instance->node, instance->effect);
  instance.release();
  // Not kOfxStatReplyDefault: Resolve then shows no controls.
  return kOfxStatOK;
}

OfxStatus destroy_instance(OfxImageEffectHandle handle) {
  const std::unique_ptr<Instance> instance(instance_of(handle));
  Effect(handle).properties().set(kOfxPropInstanceData, 0, static_cast<void *>(nullptr));
  return kOfxStatOK;
}

OfxStatus instance_changed(OfxImageEffectHandle handle, const Properties &in) {
  const Instance *instance = instance_of(handle);
  if (!instance) return kOfxStatErrBadHandle;
  Change change;
  change.of_parameter = in.text(kOfxPropType) == kOfxTypeParameter;
  change.name = to_rust(in.text(kOfxPropName));
  change.by_user = in.text(kOfxPropChangeReason) == kOfxChangeUserEdited;
  change.time = in.number(kOfxPropTime);
  return node_changed(*instance->node, instance->effect, change);
}

// The panel opens, with the values of a project that was loaded since the instance was made.
OfxStatus begin_instance_edit(OfxImageEffectHandle handle) {
  const Instance *instance = instance_of(handle);
  if (!instance) return kOfxStatErrBadHandle;
  node_ready(*instance->node, instance->effect);
  return kOfxStatOK;
}

OfxStatus purge_caches() {
  forget_caches();
  return kOfxStatOK;
}

}  // namespace wakeframe
