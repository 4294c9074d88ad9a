// anything
static_assert(1 == 1, "one is one");
