// The multi-thread suite: real threads and recursive mutexes.
#include <mutex>
#include <thread>

#include "host.h"

namespace refhost {

namespace {
thread_local unsigned spawned_index = 0;
thread_local bool is_spawned = false;

std::recursive_mutex *as_mutex(const OfxMutexHandle handle) {
  return reinterpret_cast<std::recursive_mutex *>(handle);
}
} // namespace

OfxStatus Host::multiThread(OfxThreadFunctionV1 function, unsigned int threads, void *arg) {
  // "kOfxStatErrExists, failed in an attempt to call multiThread recursively"
  if (is_spawned)
    return kOfxStatErrExists;
  if (!function)
    return kOfxStatFailed;
  unsigned available = 1;
  multiThreadNumCPUS(&available);
  unsigned count = threads == 0 || threads > available ? available : threads;
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < count; ++i)
    pool.emplace_back([=] {
      spawned_index = i;
      is_spawned = true;
      function(i, count, arg);
    });
  for (std::thread &thread : pool)
    thread.join();
  return kOfxStatOK;
}

OfxStatus Host::multiThreadNumCPUS(unsigned int *count) const {
  if (!count)
    return kOfxStatFailed;
  unsigned found = std::thread::hardware_concurrency();
  *count = found ? found : 1;
  return kOfxStatOK;
}

OfxStatus Host::multiThreadIndex(unsigned int *index) const {
  if (!index)
    return kOfxStatFailed;
  *index = spawned_index;
  return kOfxStatOK;
}

int Host::multiThreadIsSpawnedThread() const { return is_spawned; }

OfxStatus Host::mutexCreate(OfxMutexHandle *mutex, int lock_count) {
  if (!mutex)
    return kOfxStatErrBadHandle;
  std::recursive_mutex *made = new std::recursive_mutex;
  for (int i = 0; i < lock_count; ++i)
    made->lock();
  *mutex = reinterpret_cast<OfxMutexHandle>(made);
  return kOfxStatOK;
}

OfxStatus Host::mutexDestroy(const OfxMutexHandle mutex) {
  delete as_mutex(mutex);
  return kOfxStatOK;
}

OfxStatus Host::mutexLock(const OfxMutexHandle mutex) {
  if (!mutex)
    return kOfxStatErrBadHandle;
  as_mutex(mutex)->lock();
  return kOfxStatOK;
}

OfxStatus Host::mutexUnLock(const OfxMutexHandle mutex) {
  if (!mutex)
    return kOfxStatErrBadHandle;
  as_mutex(mutex)->unlock();
  return kOfxStatOK;
}

OfxStatus Host::mutexTryLock(const OfxMutexHandle mutex) {
  if (!mutex)
    return kOfxStatErrBadHandle;
  return as_mutex(mutex)->try_lock() ? kOfxStatOK : kOfxStatFailed;
}

} // namespace refhost
