// What the node is, told to the host.
#include "actions.h"
#include "instance.h"
#include "text.h"

namespace wakeframe {

OfxStatus describe(OfxImageEffectHandle effect) {
  const Properties p = Effect(effect).properties();
  if (!p.handle()) return kOfxStatErrBadHandle;
  const NodeDescription node = describe_node(host_facts(p), true);

  const std::string label(node.label);
  p.set(kOfxPropLabel, 0, label);
  p.set(kOfxPropShortLabel, 0, label);
  p.set(kOfxPropLongLabel, 0, label);
  p.set(kOfxImageEffectPluginPropGrouping, 0, std::string(node.grouping));
  p.set(kOfxPropPluginDescription, 0, std::string(node.description));
  p.set(kOfxPropVersionLabel, 0, std::string(node.version));

  p.set(kOfxImageEffectPropSupportedContexts, 0, kOfxImageEffectContextFilter);
  p.set(kOfxImageEffectPropSupportedContexts, 1, kOfxImageEffectContextGeneral);

  // Never half alone: Natron crashes on a plugin that offers only half.
  const char *depths[] = {kOfxBitDepthByte, kOfxBitDepthShort, kOfxBitDepthHalf, kOfxBitDepthFloat};
  int index = 0;
  for (const char *depth : depths) p.set(kOfxImageEffectPropSupportedPixelDepths, index++, depth);

  p.set(kOfxImageEffectPropSupportsTiles, 0, 0);
  p.set(kOfxImageEffectPropSupportsMultiResolution, 0, 1);
  p.set(kOfxImageEffectPropTemporalClipAccess, 0, 1);
  p.set(kOfxImageEffectPropSupportsMultipleClipDepths, 0, 0);
  p.set(kOfxImageEffectPropSupportsMultipleClipPARs, 0, 0);
  p.set(kOfxImageEffectPluginPropSingleInstance, 0, 0);
  p.set(kOfxImageEffectPluginPropHostFrameThreading, 0, 0);
  p.set(kOfxImageEffectPluginPropFieldRenderTwiceAlways, 0, 0);
  p.set(kOfxImageEffectInstancePropSequentialRender, 0, 0);
  p.set(kOfxImageEffectPluginRenderThreadSafety, 0, kOfxImageEffectRenderFullySafe);
  return kOfxStatOK;
}

}  // namespace wakeframe
