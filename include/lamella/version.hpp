// Version of the library and the inline namespace that carries it.
#pragma once

#define LAMELLA_VERSION_MAJOR 0
#define LAMELLA_VERSION_MINOR 1
#define LAMELLA_VERSION_PATCH 0

// Every entity lives in `lamella::inline LAMELLA_ABI`. The name holds the version and whether exceptions
// are on (the one switch that changes inline code), so that translation units of different modes get
// different symbols instead of breaking the one-definition rule.
#ifdef __cpp_exceptions
#define LAMELLA_ABI v0_1
#else
#define LAMELLA_ABI v0_1_noexcept
#endif
