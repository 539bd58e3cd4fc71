// What ThreadSanitizer cannot see of Swift's continuations. The system tells of a task that is queued and run; a task whose
// continuation is resumed before it is awaited is not queued, and goes on with what another thread has written. Loaded with mutex.c,
// this has whoever resumes release the task, and the task acquire it before it goes on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

// Of the sanitizer; programs that have none are left as they are.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define ASYNC __attribute__((swiftasynccall))

struct context;
typedef ASYNC void (*resumption)(__attribute__((swift_async_context)) struct context *context);

// The beginning of each asynchronous function's frame.
struct context {
  struct context *parent;
  resumption resume;
};

// Continuations that have begun and are not awaited yet, or wait; few at a time.
struct waiting {
  struct waiting *next;
  struct context *context;
  void *task;
  resumption resume;
};
static struct waiting *all;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) sched_yield();
}

static void unlock(void) { atomic_flag_clear_explicit(&busy, memory_order_release); }

SWIFT void *swift_continuation_init(struct context *context, size_t flags) {
  SWIFT void *(*begin)(struct context *, size_t) = dlsym(RTLD_NEXT, "swift_continuation_init");
  struct waiting *entry = malloc(sizeof *entry);
  if (!entry) abort();
  void *task = begin(context, flags);
  lock();
  *entry = (struct waiting){all, context, task, NULL};
  all = entry;
  unlock();
  return task;
}

// Where a task goes on.
static ASYNC void resumed(__attribute__((swift_async_context)) struct context *context) {
  lock();
  struct waiting **place = &all;
  while ((*place)->context != context) place = &(*place)->next;
  struct waiting *entry = *place;
  *place = entry->next;
  unlock();
  resumption resume = entry->resume;
  if (__tsan_acquire) __tsan_acquire(entry->task);
  free(entry);
  __attribute__((musttail)) return resume(context);
}

ASYNC void swift_continuation_await(struct context *context) {
  ASYNC void (*await)(struct context *) = dlsym(RTLD_NEXT, "swift_continuation_await");
  lock();
  struct waiting *entry = all;
  while (entry->context != context) entry = entry->next;
  entry->resume = context->resume;
  context->resume = resumed;
  unlock();
  __attribute__((musttail)) return await(context);
}

SWIFT void swift_continuation_resume(void *task) {
  if (__tsan_release) __tsan_release(task);
  ((SWIFT void (*)(void *))dlsym(RTLD_NEXT, "swift_continuation_resume"))(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
  if (__tsan_release) __tsan_release(task);
  ((SWIFT void (*)(void *))dlsym(RTLD_NEXT, "swift_continuation_throwingResume"))(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
  if (__tsan_release) __tsan_release(task);
  ((SWIFT void (*)(void *, void *))dlsym(RTLD_NEXT, "swift_continuation_throwingResumeWithError"))(task, error);
}
