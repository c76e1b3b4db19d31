#pragma once

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// A descriptor that wakes a `poll`; the Glibc module of Swift has no `eventfd`.
static inline int cmosquitto_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/// Names the calling thread, so that `top -H` and a debugger show it.
static inline void cmosquitto_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Of libssl, which libmosquitto brings with it; its headers are not needed for this alone.
long SSL_get_verify_result(const void *ssl);

/// Why the peer's certificate is not good, as a number of OpenSSL (X509_V_ERR_...); 0 while nothing is known against it.
///
/// libmosquitto says no more than "certificate verify failed".
static inline long cmosquitto_verify_result(struct mosquitto *mosq) {
    void *ssl = mosquitto_ssl_get(mosq);
    return ssl == 0 ? 0 : SSL_get_verify_result(ssl);
}

/// Takes the place of OpenSSL's question on the terminal, which would stop the thread for good.
static inline int cmosquitto_no_passphrase(char *buffer, int size, int rwflag, void *userdata) { return 0; }
