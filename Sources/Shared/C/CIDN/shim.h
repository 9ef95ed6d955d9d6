// libidn2: internationalised domain names. The names of its predecessor, which it would define as well, stay out.
#pragma once
#define IDN2_SKIP_LIBIDN_COMPAT
#include <idn2.h>
