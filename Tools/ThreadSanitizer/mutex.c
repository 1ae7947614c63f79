// Tells the thread sanitizer what a contended `Mutex` of Swift's Synchronization module does on Linux.
//
// An uncontended lock is an atomic operation in instrumented code, which the sanitizer sees. A contended one goes on in the
// library, which is not instrumented, and its kernel call hands the lock over where nobody sees it: the sanitizer then reports
// a race between two critical sections of the same lock (seen with Swift 6.3, in programs of one Mutex and nothing else). Here the
// same functions say that they acquire and release. Loaded before the library: Tools/test full.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// The program need not have a sanitizer: `swift test` itself gets this library, too.
extern __attribute__((weak)) void __tsan_acquire(void *);
extern __attribute__((weak)) void __tsan_release(void *);

SWIFT void lock_slow(uint32_t thread, SELF handle) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF handle) __asm__(UNLOCK_SLOW);

static void *original(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function) return function;
    fprintf(stderr, "libswiftSynchronization has no %s any more: adapt Tools/ThreadSanitizer/mutex.c\n", name);
    abort();
}

SWIFT void lock_slow(uint32_t thread, SELF handle) {
    static SWIFT void (*library)(uint32_t, SELF);
    if (!library) library = (SWIFT void (*)(uint32_t, SELF))original(LOCK_SLOW);
    library(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF handle) {
    static SWIFT void (*library)(SELF);
    if (!library) library = (SWIFT void (*)(SELF))original(UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(handle);
    library(handle);
}
