// The OpenFX actions, one function each. Every one may throw; the entry point catches everything.
#pragma once

#include "properties.h"

namespace wakeframe {

OfxStatus load();
OfxStatus unload();
OfxStatus describe(OfxImageEffectHandle effect);
OfxStatus describe_in_context(OfxImageEffectHandle effect, const Properties &in);
OfxStatus create_instance(OfxImageEffectHandle effect);
OfxStatus destroy_instance(OfxImageEffectHandle effect);
OfxStatus instance_changed(OfxImageEffectHandle effect, const Properties &in);
OfxStatus begin_instance_edit(OfxImageEffectHandle effect);
OfxStatus purge_caches();
OfxStatus clip_preferences(OfxImageEffectHandle effect, const Properties &out);
OfxStatus time_domain(OfxImageEffectHandle effect, const Properties &out);
OfxStatus region_of_definition(OfxImageEffectHandle effect, const Properties &in, const Properties &out);
OfxStatus regions_of_interest(OfxImageEffectHandle effect, const Properties &in, const Properties &out);
OfxStatus frames_needed(OfxImageEffectHandle effect, const Properties &in, const Properties &out);
OfxStatus is_identity(OfxImageEffectHandle effect, const Properties &in, const Properties &out);
OfxStatus render(OfxImageEffectHandle effect, const Properties &in);

}  // namespace wakeframe
