// Thin C shims for what Swift cannot spell: one CPU instruction, and system calls that are variadic or hidden
// in macros.
// The header includes no system header but these two, so that it cannot disagree with Glibc's Swift module.
#ifndef VARVE_CLINUX_H
#define VARVE_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/// 1 when this processor has a CRC-32C instruction.
int varve_has_crc32c(void);

/// CRC-32C over `count` bytes, continuing from `crc` (already inverted by the caller). Only where `varve_has_crc32c()`.
uint32_t varve_crc32c(uint32_t crc, const void *bytes, size_t count);

/// Takes (or, with `exclusive` 0, shares) an open-file-description lock on the whole file, without waiting.
/// Returns 0, or the errno (EAGAIN or EACCES when another open file holds it).
int varve_lock_file(int fd, int exclusive);

/// `open(2)` with a mode, close-on-exec. Returns the descriptor, or minus the errno.
int varve_open(const char *path, int flags, unsigned mode);

/// Reserves blocks for the first `count` bytes of a file and extends it to that length with zeros (`fallocate(2)`,
/// mode 0). Returns 0, or the errno (EOPNOTSUPP where the file system cannot).
int varve_reserve(int fd, int64_t count);

/// Names the calling thread for debuggers and `top`; at most 15 bytes are kept.
void varve_name_thread(const char *name);

/// Sets the scheduling niceness of the calling thread alone. Returns 0, or the errno.
int varve_set_thread_niceness(int niceness);

#endif
