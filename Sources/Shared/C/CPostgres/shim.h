// libpq; pkg-config gives its include folder.
#pragma once
#include <libpq-fe.h>
