// Stands between the binding and the library, as the linker resolves a symbol in the program before one in a library. A
// crossing that is told to panic makes the library itself do so, by giving it bytes that are nowhere; every other crossing
// goes through untouched. Nothing of this is in the library or in the package.
#define _GNU_SOURCE
#include "drill.h"
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

typedef struct { int32_t len; const uint8_t *data; } Bytes;
typedef struct { uint64_t capacity, len; uint8_t *data; } Buffer;

static atomic_int left[DRILL_SAME + 1] = {-1, -1, -1, -1, -1, -1, -1};

void drill_panics(enum drill_crossing crossing, int after) { atomic_store(&left[crossing], after); }

static int struck(enum drill_crossing crossing) {
    int now = atomic_load(&left[crossing]);
    if (now >= 0) atomic_store(&left[crossing], now - 1);
    return now == 0;
}

extern Buffer uniffi_cryptopay_uniffi_fn_func_dedupe_key(Bytes, void *);

static Buffer panic(void *status) {
    Bytes nowhere = {5, NULL};
    return uniffi_cryptopay_uniffi_fn_func_dedupe_key(nowhere, status);
}

#define CROSSING(kind, name, given, passed)                                                     \
    Buffer uniffi_cryptopay_uniffi_fn_##name given {                                            \
        if (struck(kind)) return panic(status);                                                 \
        Buffer(*real) given = (Buffer(*) given)dlsym(RTLD_NEXT, "uniffi_cryptopay_uniffi_fn_" #name); \
        return real passed;                                                                     \
    }

CROSSING(DRILL_BEGIN, method_client_begin, (uint64_t self, Bytes a, Bytes b, void *status), (self, a, b, status))
CROSSING(DRILL_ADVANCE, method_call_advance, (uint64_t self, Bytes a, Bytes b, void *status), (self, a, b, status))
CROSSING(DRILL_PENDING, method_call_pending, (uint64_t self, void *status), (self, status))
CROSSING(DRILL_SEEN, method_call_seen, (uint64_t self, void *status), (self, status))
CROSSING(DRILL_NEXT, method_pages_next, (uint64_t self, void *status), (self, status))
CROSSING(DRILL_VERIFY, func_verify_callback, (Bytes a, Bytes b, void *status), (a, b, status))

int8_t uniffi_cryptopay_uniffi_fn_func_same_amount(Bytes a, Bytes b, void *status) {
    if (struck(DRILL_SAME)) a = (Bytes){5, NULL};
    int8_t (*real)(Bytes, Bytes, void *) =
        (int8_t(*)(Bytes, Bytes, void *))dlsym(RTLD_NEXT, "uniffi_cryptopay_uniffi_fn_func_same_amount");
    return real(a, b, status);
}

static atomic_int stuck;

void drill_name_stuck(int is) { atomic_store(&stuck, is); }

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    if (name && strcmp(name, "stuck.invalid") == 0) {
        while (atomic_load(&stuck)) usleep(1000);
        name = "127.0.0.1";
    }
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
    return real(name, port, hints, found);
}
