# Fuzz targets: each test/fuzz/NAME.c, with the inputs of test/data/fuzz/NAME.
# FUZZ_NAME: the modules of a program that it is about.
#
#     make fuzz T=60 [FUZZ='idset rset']   T seconds each; says what was found
#
# With clang they are built for libFuzzer (obj-fuzz/), without it they make
# random changes on their own, under the sanitizers (obj-san/).
T ?= 5
broker_parts := $(filter-out src/flux-broker/flux-broker.c, \
    $(wildcard src/flux-broker/*.c src/flux-broker/*/*.c))
submit_parts := $(filter-out src/flux-submit/flux-submit.c, \
    $(wildcard src/flux-submit/*.c))
FUZZ_broker     := $(broker_parts:.c=)
FUZZ_directives := $(submit_parts:.c=)
FUZZ_joburi     := $(addprefix src/flux-submit/,joburi number shapetext)
FUZZ_shape      := src/flux-submit/shapetext src/flux-submit/number
FUZZ_expression := $(addprefix src/flux-submit/,expression functions number)
FUZZ_template   := src/flux-shell/template
FUZZ_cores      := src/flux-shell/cores
FUZZ_startmsg   := src/flux-shell/info
FUZZ_overlay    := $(addprefix src/flux-broker/overlay/,seal wire link-header)
FUZZ_treeobj    := src/flux-broker/kvs/treeobj

FUZZERS := $(patsubst test/fuzz/%.c,$(O)/test/fuzz/%,$(wildcard test/fuzz/*.c))
FUZZ_MAIN := $(call objs,test/fuzz/run)
$(O)/test/fuzz/%: $(O)/test/fuzz/%.o $(FUZZ_MAIN) $(call objs,test/lib) \
    $$(addprefix $(O)/,$$(addsuffix .o,$$(FUZZ_$$*))) $(O)/libcommon.a
	$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZ_LINK) -o $@ $^ $(PKGLIBS)

fuzzers: $(FUZZERS)
fuzz:
	test/fuzz/all -t $(T) $(FUZZ)
.PHONY: fuzz fuzzers
