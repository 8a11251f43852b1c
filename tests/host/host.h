// The host as the plugin sees it: its properties and the suites it hands out.
#pragma once

#include <mutex>
#include <set>
#include <utility>

#include "ofx.h"

namespace refhost {

struct HostSetup;
enum class MessageSuite : uint8_t;

class Host : public OFX::Host::ImageEffect::Host {
public:
  explicit Host(const HostSetup &setup);

  /// The host that is loaded in this process. HostSupport keeps one global host; Rust's `Host`
  /// sees to it that there is never a second.
  static Host &current();

  const void *fetchSuite(const char *name, int version) override;

  /// Does the host claim not to know this property on such an object (`kOfxPropType`)?
  bool hides(const std::string &owner, const char *property) const;
  bool hides_anything() const { return !_hidden.empty(); }
  bool offers_thumbnails() const { return _thumbnails; }

  using Log = std::vector<std::pair<std::string, std::string>>;
  /// Messages that belong to no instance.
  Log log() const;
  void add_to_log(const std::string &kind, const std::string &text);

  // HostSupport's requirements of a host.
  OFX::Host::ImageEffect::Instance *newInstance(void *client_data,
                                                OFX::Host::ImageEffect::ImageEffectPlugin *plugin,
                                                OFX::Host::ImageEffect::Descriptor &descriptor,
                                                const std::string &context) override;
  OFX::Host::ImageEffect::Descriptor *
  makeDescriptor(OFX::Host::ImageEffect::ImageEffectPlugin *plugin) override;
  OFX::Host::ImageEffect::Descriptor *
  makeDescriptor(const OFX::Host::ImageEffect::Descriptor &root,
                 OFX::Host::ImageEffect::ImageEffectPlugin *plugin) override;
  OFX::Host::ImageEffect::Descriptor *
  makeDescriptor(const std::string &bundle_path,
                 OFX::Host::ImageEffect::ImageEffectPlugin *plugin) override;
  OfxStatus vmessage(const char *type, const char *id, const char *format, va_list args) override;
  OfxStatus setPersistentMessage(const char *type, const char *id, const char *format,
                                 va_list args) override;
  OfxStatus clearPersistentMessage() override;

  // The multi-thread suite (threads.cpp).
  OfxStatus multiThread(OfxThreadFunctionV1 function, unsigned int threads, void *arg) override;
  OfxStatus multiThreadNumCPUS(unsigned int *count) const override;
  OfxStatus multiThreadIndex(unsigned int *index) const override;
  int multiThreadIsSpawnedThread() const override;
  OfxStatus mutexCreate(OfxMutexHandle *mutex, int lock_count) override;
  OfxStatus mutexDestroy(const OfxMutexHandle mutex) override;
  OfxStatus mutexLock(const OfxMutexHandle mutex) override;
  OfxStatus mutexUnLock(const OfxMutexHandle mutex) override;
  OfxStatus mutexTryLock(const OfxMutexHandle mutex) override;

private:
  MessageSuite _message_suite;
  unsigned _progress_suite;
  bool _timeline_suite;
  bool _multi_thread_suite;
  bool _thumbnails;
  std::set<std::pair<std::string, std::string>> _hidden; ///< (owner's type or "", property)
  std::set<std::string> _hidden_names;
  mutable std::mutex _log_mutex;
  Log _log;
};

} // namespace refhost
