// libcurl. Swift cannot call variadic C functions: each kind of option has an inline function with a fixed type.
#pragma once
#include <curl/curl.h>
