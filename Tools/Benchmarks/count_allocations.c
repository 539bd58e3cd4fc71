// Counts what a program allocates, apart from what oneDNN allocates for itself, and says so when it ends:
//
//   cc -shared -fPIC -O2 count_allocations.c -o count.so
//   LD_PRELOAD=./count.so PROGRAM …     last line on standard error:
//                                       allocations CALLS BYTES LARGE library CALLS BYTES LARGE
//
// LARGE are the calls for a page or more: buffers, not bookkeeping.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct {
  atomic_ulong calls, bytes, large;
} account;
static account own, library;

// Where code of the library lies in memory, with the C++ runtime that allocates for it.
enum { most = 16 };
static struct { uintptr_t first, end; } ranges[most];
static atomic_int range_count = -1;

static int find(struct dl_phdr_info *info, size_t size, void *count) {
  (void)size;
  int *n = count;
  if (strstr(info->dlpi_name, "libdnnl") == NULL && strstr(info->dlpi_name, "libstdc++") == NULL
      && strstr(info->dlpi_name, "libgomp") == NULL)
    return 0;
  for (int i = 0; i < info->dlpi_phnum && *n < most; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    ranges[*n].first = info->dlpi_addr + part->p_vaddr;
    ranges[*n].end = ranges[*n].first + part->p_memsz;
    ++*n;
  }
  return 0;
}

__attribute__((constructor)) static void look(void) {
  int count = 0;
  dl_iterate_phdr(find, &count);
  atomic_store(&range_count, count);
}

static void count(size_t size, void *caller) {
  account *to = &own;
  int known = atomic_load_explicit(&range_count, memory_order_relaxed);
  for (int i = 0; i < known; i++)
    if ((uintptr_t)caller >= ranges[i].first && (uintptr_t)caller < ranges[i].end) to = &library;
  atomic_fetch_add_explicit(&to->calls, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&to->bytes, size, memory_order_relaxed);
  if (size >= 4096) atomic_fetch_add_explicit(&to->large, 1, memory_order_relaxed);
}

#define COUNT(size) count(size, __builtin_return_address(0))

// The C library's own names: dlsym would allocate before it has found malloc.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  COUNT(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  COUNT(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  COUNT(size);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  COUNT(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  COUNT(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  COUNT(size);
  *result = __libc_memalign(alignment, size);
  return *result == NULL ? 12 : 0; // ENOMEM
}

void *mmap(void *where, size_t size, int protection, int flags, int file, off_t offset) {
  static void *(*real)(void *, size_t, int, int, int, off_t);
  if (real == NULL) real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
  COUNT(size);
  return real(where, size, protection, flags, file, offset);
}

__attribute__((destructor)) static void report(void) {
  account *all[] = {&own, &library};
  for (int i = 0; i < 2; i++)
    fprintf(
        stderr, "%s %lu %lu %lu%s", i == 0 ? "allocations" : " library", atomic_load(&all[i]->calls),
        atomic_load(&all[i]->bytes), atomic_load(&all[i]->large), i == 0 ? "" : "\n");
}
