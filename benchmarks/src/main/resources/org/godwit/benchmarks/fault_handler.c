/* The least that serves page faults: poll, read, UFFDIO_COPY. The yardstick of the fault benchmark.
 * Arguments: threads, pages of each thread, rounds. Prints nanoseconds: p50 p99 p99.9 maximum, and
 * faults in a second, over all rounds but the first. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static long pages;
static char *memory;
static uint64_t *deltas;
static int uffd;
static char content[PAGE] __attribute__((aligned(4096)));

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *serve(void *unused) {
  struct uffd_msg messages[64];
  (void)unused;
  for (;;) {
    struct pollfd ready = {uffd, POLLIN, 0};
    poll(&ready, 1, -1);
    long n = read(uffd, messages, sizeof messages);
    for (long i = 0; i < n / (long)sizeof messages[0]; i++) {
      struct uffdio_copy copy = {0};
      copy.dst = messages[i].arg.pagefault.address & ~(PAGE - 1);
      copy.src = (uintptr_t)content;
      copy.len = PAGE;
      if (ioctl(uffd, UFFDIO_COPY, &copy)) fail("UFFDIO_COPY");
    }
  }
  return 0;
}

static void *guest(void *number) {
  long thread = (long)number;
  volatile char *at = memory + thread * pages * PAGE;
  uint64_t *out = deltas + thread * pages;
  for (long i = 0; i < pages; i++, at += PAGE) {
    __builtin_ia32_lfence();
    uint64_t begin = __builtin_ia32_rdtsc();
    __builtin_ia32_lfence();
    (void)*at;
    __builtin_ia32_lfence();
    out[i] = __builtin_ia32_rdtsc() - begin;
  }
  return 0;
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static int open_uffd(void) {
  int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
  if (device >= 0) return ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
  return syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  long threads = atol(argv[1]), rounds = atol(argv[3]);
  pages = atol(argv[2]);
  long each = threads * pages;
  size_t length = each * PAGE;
  memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t *all = malloc(each * rounds * sizeof *all);
  memset(all, 1, each * rounds * sizeof *all);
  madvise(memory, length, MADV_NOHUGEPAGE);
  uffd = open_uffd();
  struct uffdio_api api = {.api = UFFD_API};
  if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) fail("userfaultfd");
  struct uffdio_register range = {.range = {(uintptr_t)memory, length},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(uffd, UFFDIO_REGISTER, &range)) fail("UFFDIO_REGISTER");
  pthread_t server, guests[64];
  pthread_create(&server, 0, serve, 0);
  uint64_t ticks = 0, time = 0;
  for (long round = 0; round < rounds; round++) {
    deltas = all + round * each;
    uint64_t begin = now(), tick = __builtin_ia32_rdtsc();
    for (long i = 0; i < threads; i++) pthread_create(&guests[i], 0, guest, (void *)i);
    for (long i = 0; i < threads; i++) pthread_join(guests[i], 0);
    if (round) ticks += __builtin_ia32_rdtsc() - tick, time += now() - begin;
    madvise(memory, length, MADV_DONTNEED);
  }
  uint64_t *measured = all + each;
  long count = each * (rounds - 1);
  double scale = (double)time / ticks;
  qsort(measured, count, sizeof *measured, ascending);
  printf("%.0f %.0f %.0f %.0f %.0f\n", measured[count / 2] * scale,
         measured[count * 99 / 100] * scale, measured[count * 999 / 1000] * scale,
         measured[count - 1] * scale, count * 1e9 / time);
  return 0;
}
