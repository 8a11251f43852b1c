// What hangs behind kOfxPropInstanceData.
#pragma once

#include "effect.h"
#include "wakeframe-plugin/src/bridge.rs.h"

namespace wakeframe {

struct Instance {
  Effect effect;
  rust::Box<Node> node;
};

// The instance of `effect`; null where the host lost it.
Instance *instance_of(OfxImageEffectHandle effect);

// What the host says of itself, and of the plugin's place where `descriptor` is one.
HostFacts host_facts(const Properties &descriptor);

}  // namespace wakeframe
