# make analyze [ANALYZE=FILES]: what checkers find without running anything.
analyze: analyze-cppcheck

# cppcheck reads no system headers: what they define as macros is told it
analyze-cppcheck:
	cppcheck -q -j2 --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --error-exitcode=1 -D_GNU_SOURCE --library=posix,bsd \
	    --include=test/lib/cppcheck.h -Ilib/common \
	    --suppress=missingIncludeSystem --suppress=getpwuidCalled \
	    $(or $(ANALYZE),src lib)

.PHONY: analyze analyze-cppcheck
