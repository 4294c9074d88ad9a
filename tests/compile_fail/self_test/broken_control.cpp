// one is not two
static_assert(1 == 2, "one is not two");
