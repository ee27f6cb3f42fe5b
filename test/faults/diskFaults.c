/*
 * Stands between a process and its disk, for tests: preloaded, it makes calls that write or flush the files under
 * DISK_FAULTS_PREFIX fail when told so, and keeps of each file a copy as it was when it was last flushed, which is all
 * that a loss of power is sure to leave.
 *
 * DISK_FAULTS_PLAN names a file of one line, "<id> <call> <count> <errno>": with each new id, the next <count> calls of
 * <call> (sync or write) fail with that error. Each that failed is a byte in the file of that name with ".failed" behind it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long plan_id = 0;
static char plan_call[16] = "";
static int plan_left = 0;
static int plan_errno = 0;

/* The path of a descriptor, if it is a file that is watched. */
static int watched(int fd, char *path, size_t size) {
  const char *prefix = getenv("DISK_FAULTS_PREFIX");
  if (prefix == NULL) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return strncmp(path, prefix, strlen(prefix)) == 0 && strstr(path, ".synced") == NULL && strstr(path, ".lock") == NULL &&
         strstr(path, ".mark") == NULL && strstr(path, "-shm") == NULL;
}

/* Whether this call is to fail; errno is set then. */
static int fails(const char *call) {
  const char *name = getenv("DISK_FAULTS_PLAN");
  if (name == NULL) return 0;
  int result = 0;
  pthread_mutex_lock(&lock);
  FILE *plan = fopen(name, "r");
  if (plan != NULL) {
    long id;
    int count, number;
    char of[16];
    if (fscanf(plan, "%ld %15s %d %d", &id, of, &count, &number) == 4 && id != plan_id) {
      plan_id = id;
      strcpy(plan_call, of);
      plan_left = count;
      plan_errno = number;
    }
    fclose(plan);
  }
  if (plan_left > 0 && strcmp(plan_call, call) == 0) {
    plan_left--;
    result = 1;
    char name_of_failed[4200];
    snprintf(name_of_failed, sizeof name_of_failed, "%s.failed", name);
    int failed = open(name_of_failed, O_WRONLY | O_CREAT | O_APPEND, 0600);
    static ssize_t (*real_write)(int, const void *, size_t) = NULL;
    if (real_write == NULL) real_write = dlsym(RTLD_NEXT, "write");
    if (failed >= 0) {
      real_write(failed, ".", 1);
      close(failed);
    }
  }
  pthread_mutex_unlock(&lock);
  if (result) errno = plan_errno;
  return result;
}

static void keep(const char *path) {
  static ssize_t (*real_write)(int, const void *, size_t) = NULL;
  if (real_write == NULL) real_write = dlsym(RTLD_NEXT, "write");
  static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&keeping);
  char copy[4200], made[4210], buffer[65536];
  snprintf(copy, sizeof copy, "%s.synced", path);
  snprintf(made, sizeof made, "%s.new", copy);
  int from = open(path, O_RDONLY);
  int to = open(made, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (from >= 0 && to >= 0) {
    ssize_t n;
    while ((n = read(from, buffer, sizeof buffer)) > 0) real_write(to, buffer, (size_t)n);
    rename(made, copy);
  }
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  pthread_mutex_unlock(&keeping);
}

static int synced(int fd, const char *name) {
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  char path[4096];
  if (!watched(fd, path, sizeof path)) return real(fd);
  if (fails("sync")) return -1;
  int result = real(fd);
  if (result == 0) keep(path);
  return result;
}
int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t) = NULL;
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite64");
  char path[4096];
  if (watched(fd, path, sizeof path) && fails("write")) return -1;
  return real(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off_t) = NULL;
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite");
  char path[4096];
  if (watched(fd, path, sizeof path) && fails("write")) return -1;
  return real(fd, bytes, count, at);
}
ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t) = NULL;
  if (real == NULL) real = dlsym(RTLD_NEXT, "write");
  char path[4096];
  if (watched(fd, path, sizeof path) && fails("write")) return -1;
  return real(fd, bytes, count);
}
