// What a plugin said of itself, read back out of HostSupport's property sets.
#pragma once

#include "ofx.h"

namespace refhost {

struct ClipRecord;
struct ParamRecord;
struct PluginRecord;

PluginRecord describe_plugin(OFX::Host::ImageEffect::ImageEffectPlugin &plugin);
ClipRecord describe_clip(const OFX::Host::ImageEffect::ClipBase &clip);
/// Of a descriptor or an instance: what an instance changed at run time shows.
ParamRecord describe_param(const OFX::Host::Param::Base &param);

} // namespace refhost
