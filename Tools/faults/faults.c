/* Lets calls to the system fail, as a bad disk, a full one or somebody else at the same files would make them.
 *
 *   FAULT=KIND:FIRST:TEXT LD_PRELOAD=./faults.so PROGRAM …
 *
 * KIND is what happens, from the FIRST-th call on (from 1) that is about a file whose path holds TEXT:
 *   read-eio, write-eio, write-enospc, sync-eio      the call fails
 *   open-erofs, open-eio                             files cannot be opened, the former only for writing, and nothing
 *                                                    can be created, renamed or removed either
 *   read-short, write-short                          at most seven bytes at once
 *   interrupt                                        every other read and write is interrupted by a signal
 *   vanish, change                                   before the FIRST-th file is opened to be read it is removed, or its
 *                                                    content becomes that of $FAULT_OTHER; only once
 *   kill                                             the process is killed as the FIRST-th file is opened, written or renamed
 *   thread                                           no thread can be started, TEXT is not used
 *   thread-kill                                      the FIRST-th thread that is started is killed, and with it the process
 *   clock                                            the time of day jumps by ten years to and fro, TEXT is not used
 *   count                                            nothing
 * At the end the number of calls of each group that there were is written to $FAULT_COUNTS, if that is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 1 << 16 };
static atomic_uchar about[FILES]; /* whether a descriptor's path holds the text */
static char kind[32], text[256];
static int begun; /* libraries open files before this one is asked to begin */
static long first;
static atomic_long opened, reads, writes, syncs, changes, clocks, kills, turns, calls, threads;

#define REAL(name) \
  static __typeof__(name) *real; \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *fault = getenv("FAULT");
  if (fault == NULL || sscanf(fault, "%31[^:]:%ld:%255s", kind, &first, text) < 2) strcpy(kind, "count");
  begun = 1;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAULT_COUNTS");
  if (path == NULL) return;
  FILE *file = fopen(path, "w");
  if (file == NULL) return;
  fprintf(
    file, "{\"open\": %ld, \"read\": %ld, \"write\": %ld, \"sync\": %ld, \"change\": %ld, \"clock\": %ld, \"kill\": %ld, \"network\": %ld, \"thread\": %ld}\n",
    opened, reads, writes, syncs, changes, clocks, kills, calls, threads);
  fclose(file);
}

static int is(const char *name) { return strcmp(kind, name) == 0; }
static int concerns(const char *path) { return begun && path != NULL && strstr(path, text) != NULL; }
static int concerns_file(int file) { return file >= 0 && file < FILES && about[file]; }
static int due(atomic_long *count) { return atomic_fetch_add(count, 1) + 1 >= first; }

static int fail(int number) {
  errno = number;
  return -1;
}

static void die_if_due(void) {
  long place = atomic_fetch_add(&kills, 1) + 1;
  if (is("kill") && place == first) syscall(SYS_kill, getpid(), SIGKILL);
}

/* Puts other bytes in the place of a file's, as an editor does: a new file under the old name. */
static void replace(const char *path) {
  const char *other = getenv("FAULT_OTHER");
  char draft[PATH_MAX];
  char piece[4096];
  long count;
  if (other == NULL || snprintf(draft, sizeof draft, "%s.other", path) >= (int)sizeof draft) return;
  int from = (int)syscall(SYS_openat, AT_FDCWD, other, O_RDONLY);
  int to = (int)syscall(SYS_openat, AT_FDCWD, draft, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  while ((count = syscall(SYS_read, from, piece, sizeof piece)) > 0) syscall(SYS_write, to, piece, count);
  syscall(SYS_close, from);
  syscall(SYS_close, to);
  syscall(SYS_rename, draft, path);
}

/* Before a file is opened: whether that fails. */
static int before_open(const char *path, int flags) {
  if (!concerns(path)) return 0;
  int writes_it = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
  if (writes_it) die_if_due();
  if (is("open-erofs")) return writes_it && due(&changes) ? fail(EROFS) : 0;
  struct stat status;
  if (writes_it || stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  long place = atomic_fetch_add(&opened, 1) + 1;
  if (is("open-eio") && place >= first) return fail(EIO);
  if (is("vanish") && place == first) syscall(SYS_unlink, path);
  if (is("change") && place == first) replace(path);
  return 0;
}

/* By the name that the file has, too: a program may open one again by its descriptor. */
static int after_open(int file, const char *path) {
  char link[32], own[PATH_MAX] = "";
  if (file < 0 || file >= FILES) return file;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, own, sizeof own - 1);
  own[length > 0 ? length : 0] = 0;
  about[file] = (unsigned char)(concerns(path) || concerns(own));
  return file;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  REAL(open);
  MODE(flags)
  return before_open(path, flags) != 0 ? -1 : after_open(real(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
  REAL(open64);
  MODE(flags)
  return before_open(path, flags) != 0 ? -1 : after_open(real(path, flags, mode), path);
}

int openat(int folder, const char *path, int flags, ...) {
  REAL(openat);
  MODE(flags)
  return before_open(path, flags) != 0 ? -1 : after_open(real(folder, path, flags, mode), path);
}

int openat64(int folder, const char *path, int flags, ...) {
  REAL(openat64);
  MODE(flags)
  return before_open(path, flags) != 0 ? -1 : after_open(real(folder, path, flags, mode), path);
}

FILE *fopen(const char *path, const char *how) {
  REAL(fopen);
  if (before_open(path, *how == 'r' ? O_RDONLY : O_WRONLY | O_CREAT) != 0) return NULL;
  FILE *file = real(path, how);
  if (file != NULL) after_open(fileno(file), path);
  return file;
}

FILE *fopen64(const char *path, const char *how) {
  REAL(fopen64);
  if (before_open(path, *how == 'r' ? O_RDONLY : O_WRONLY | O_CREAT) != 0) return NULL;
  FILE *file = real(path, how);
  if (file != NULL) after_open(fileno(file), path);
  return file;
}

int mkstemp(char *path) {
  REAL(mkstemp);
  return before_open(path, O_RDWR | O_CREAT) != 0 ? -1 : after_open(real(path), path);
}

/* The count that is asked for at last, or -1 for a failure. */
static ssize_t reading(int file, size_t count) {
  if (!concerns_file(file)) return (ssize_t)count;
  int now = due(&reads);
  if (now && is("read-eio")) return fail(EIO);
  if (now && is("interrupt") && atomic_fetch_add(&turns, 1) % 2 == 0) return fail(EINTR);
  return now && is("read-short") && count > 7 ? 7 : (ssize_t)count;
}

static ssize_t writing(int file, size_t count) {
  if (!concerns_file(file)) return (ssize_t)count;
  die_if_due();
  int now = due(&writes);
  if (now && is("write-eio")) return fail(EIO);
  if (now && is("write-enospc")) return fail(ENOSPC);
  if (now && is("interrupt") && atomic_fetch_add(&turns, 1) % 2 == 0) return fail(EINTR);
  return now && is("write-short") && count > 7 ? 7 : (ssize_t)count;
}

ssize_t read(int file, void *bytes, size_t count) {
  REAL(read);
  ssize_t allowed = reading(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed);
}

ssize_t pread(int file, void *bytes, size_t count, off_t place) {
  REAL(pread);
  ssize_t allowed = reading(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed, place);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t place) {
  REAL(pread64);
  ssize_t allowed = reading(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed, place);
}

size_t fread(void *bytes, size_t size, size_t count, FILE *file) {
  REAL(fread);
  if (reading(fileno(file), 1) < 0 && errno == EIO) {
    file->_flags |= 0x20; /* glibc's mark of an error, which ferror tells */
    return 0;
  }
  return real(bytes, size, count, file);
}

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  ssize_t allowed = writing(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
  REAL(pwrite);
  ssize_t allowed = writing(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
  REAL(pwrite64);
  ssize_t allowed = writing(file, count);
  return allowed < 0 ? -1 : real(file, bytes, (size_t)allowed, place);
}

int posix_fallocate(int file, off_t place, off_t count) {
  REAL(posix_fallocate);
  if (concerns_file(file) && due(&writes) && is("write-enospc")) return ENOSPC;
  return real(file, place, count);
}

int posix_fallocate64(int file, off64_t place, off64_t count) {
  REAL(posix_fallocate64);
  if (concerns_file(file) && due(&writes) && is("write-enospc")) return ENOSPC;
  return real(file, place, count);
}

int fsync(int file) {
  REAL(fsync);
  if (concerns_file(file) && due(&syncs) && is("sync-eio")) return fail(EIO);
  return real(file);
}

static int before_change(const char *path) {
  if (!concerns(path)) return 0;
  die_if_due();
  return due(&changes) && is("open-erofs") ? fail(EROFS) : 0;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  return before_change(to) != 0 ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  return before_change(path) != 0 ? -1 : real(path, mode);
}

int unlink(const char *path) {
  REAL(unlink);
  return before_change(path) != 0 ? -1 : real(path);
}

/* Ten years later and back, again and again. */
static time_t jump(void) {
  if (!is("clock")) return 0;
  return atomic_fetch_add(&clocks, 1) / 3 % 2 == 0 ? 0 : 315360000;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  REAL(gettimeofday);
  int result = real(now, zone);
  if (result == 0) now->tv_sec += jump();
  return result;
}

time_t time(time_t *now) {
  REAL(time);
  time_t result = real(NULL) + jump();
  if (now != NULL) *now = result;
  return result;
}

/* Killed is whoever has the thread's number: the process as a whole, as by anybody who kills one of its threads. */
static void *die(void *unused) {
  (void)unused;
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
  return NULL;
}

int pthread_create(
  pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*start)(void *), void *restrict argument) {
  REAL(pthread_create);
  /* Those of libraries that are being loaded are not the program's. */
  long place = begun ? atomic_fetch_add(&threads, 1) + 1 : 0;
  if (is("thread") && place >= first) return EAGAIN;
  if (is("thread-kill") && place == first) return real(thread, attributes, die, NULL);
  return real(thread, attributes, start, argument);
}

/* What asks for the network is counted. */
int connect(int file, const struct sockaddr *address, socklen_t length) {
  REAL(connect);
  if (address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6)) atomic_fetch_add(&calls, 1);
  return real(file, address, length);
}

int getaddrinfo(
  const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
  struct addrinfo **restrict found) {
  REAL(getaddrinfo);
  atomic_fetch_add(&calls, 1);
  return real(node, service, hints, found);
}
