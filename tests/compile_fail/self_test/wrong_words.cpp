// words that no compiler says
#ifdef LAMELLA_MUST_FAIL
static_assert(1 == 2, "one is not two");
#endif
