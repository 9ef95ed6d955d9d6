// libpq; pkg-config gives its include folder.
#pragma once
#include <fcntl.h>
#include <libpq-fe.h>
#include <unistd.h>

// A second descriptor of a socket. libpq closes its own whenever it notices a lost connection; an event
// source still watching that number would then watch whatever socket is opened next.
static inline int cpostgres_duplicate(int socket) {
    return fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

static inline void cpostgres_close(int socket) {
    close(socket);
}
