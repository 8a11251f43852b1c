// The suites the host makes itself, because HostSupport's cannot be incomplete, do not look at
// their handles, or let exceptions into the plugin.
#pragma once

#include "ofx.h"

namespace refhost {

enum class MessageSuite : uint8_t;

/// The message suite of that version, or null where this host has none.
const void *message_suite(MessageSuite offered, int version);

/// The progress suite up to the version offered (0: none).
const void *progress_suite(unsigned offered, int version);

/// HostSupport's property suite without the properties the host hides.
const void *hiding_property_suite();

} // namespace refhost
