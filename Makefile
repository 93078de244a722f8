# make run          a whole system with a make-believe company, to look at
# make test         everything: the last line counts what passed
# make              build/hrisd
# make help         every target

PROG    := hrisd
CC      ?= cc
VARIANT := $(if $(SAN),san,$(if $(COV),cov,release))
BUILD   := build/$(VARIANT)

PKGS     := libevent_core libcurl libcjson hiredis libsodium libcrypto sqlite3 \
	libxml-2.0 zlib
CPPFLAGS += -Iinclude -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS   ?= -O2 -g
WARN     := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith -Wcast-qual -Werror
EXTRA_release := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
EXTRA_san := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
EXTRA_cov := -O0 --coverage
EXTRA_fuzz := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
EXTRA    := $(EXTRA_$(VARIANT))

# System headers, also where they stand in a folder of their own: not ours to
# warn about.
PKG_CFLAGS := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PKGS)))
PKG_LIBS   := $(shell pkg-config --libs $(PKGS)) -lcsv

# llhttp: Debian 13 has libllhttp-dev; Debian 12 ships its C in node-llhttp,
# where strictness is a macro.
ifeq ($(shell pkg-config --exists libllhttp && echo yes),yes)
PKG_CFLAGS += $(shell pkg-config --cflags libllhttp)
PKG_LIBS   += $(shell pkg-config --libs libllhttp)
else
LLHTTP     := /usr/share/llhttp
LLHTTP_OBJ := $(patsubst %,$(BUILD)/llhttp/%.o,api http llhttp)
PKG_CFLAGS += -isystem /usr/share/include/llhttp -DLLHTTP_STRICT_MODE=1
endif

LIB_SRC  := $(filter-out src/main.c,$(shell find src -name '*.c'))
TEST_SRC := $(wildcard tests/unit/test_*.c)
HEADERS  := $(shell find include src -name '*.h')
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o) $(LLHTTP_OBJ)
TESTS    := $(TEST_SRC:tests/unit/%.c=$(BUILD)/tests/%)
CONTRACT_SRC := $(wildcard tests/contract/test_*.c)
CONTRACTS    := $(CONTRACT_SRC:tests/contract/%.c=$(BUILD)/contract/%)
EMBED    := $(wildcard src/db/migrations/*.sql src/queue/*.lua docs/api/*.json)
BINARY   := $(if $(filter release,$(VARIANT)),build/$(PROG),$(BUILD)/$(PROG))

# The commands are long and alike: V=1 shows them.
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(patsubst $(BUILD)/%,%,$@)")

# The modules that a delivery passes through get more of the compiler's time, and
# in the program are optimised across their files; tests link faster without.
# Only gcc writes objects that serve both. LTO= turns it off.
HOT := base json crypto loop http queue change provider receiver
LTO := $(if $(filter release,$(VARIANT)),$(if $(findstring clang,$(shell \
	$(CC) --version)),,-flto=auto))
HOT_OBJ := $(filter $(HOT:%=$(BUILD)/src/%/%),$(LIB_OBJ))
HOT_FLAGS := $(if $(filter release,$(VARIANT)),-O3) \
	$(if $(LTO),$(LTO) -ffat-lto-objects)

all: $(BINARY) ## build the program

run: ## install, build, start with Redis and the sandbox; Ctrl-C ends it
	@scripts/setup run
	@$(MAKE) --no-print-directory all
	@scripts/run

test: ## install, build and check everything
	@scripts/setup test
	@scripts/test $(STEPS)

library: $(BUILD)/lib$(PROG).a

$(HOT_OBJ): private EXTRA += $(HOT_FLAGS)

$(BINARY): $(BUILD)/src/main.o $(BUILD)/lib$(PROG).a
	$(call say,LINK)
	$(Q)$(CC) $(EXTRA) $(if $(LTO),$(CFLAGS) -O3 $(LTO)) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

$(BUILD)/lib$(PROG).a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/lib$(PROG).a
	$(call say,LINK)
	$(Q)$(CC) $(EXTRA) -fno-lto $(LDFLAGS) -o $@ $^ -lcmocka $(PKG_LIBS) $(LDLIBS)

# Contract tests share the helpers beside them; they see public headers only.
CONTRACT_HELP := $(filter-out $(CONTRACT_SRC),$(wildcard tests/contract/*.c))

$(BUILD)/contract/%: $(BUILD)/tests/contract/%.o \
		$(CONTRACT_HELP:%.c=$(BUILD)/%.o) $(BUILD)/lib$(PROG).a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(EXTRA) -fno-lto $(LDFLAGS) -o $@ $^ -lcmocka $(PKG_LIBS) $(LDLIBS)

$(BUILD)/llhttp/%.o: $(LLHTTP)/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(EXTRA) -I/usr/share/include/llhttp \
		-DLLHTTP_STRICT_MODE=1 -c -o $@ $<

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(WARN) $(EXTRA) \
		-MMD -MP -c -o $@ $<

# tests/unit/test_<module>_<what>.c may use the private headers of <module>
$(BUILD)/tests/unit/%.o: tests/unit/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -Isrc/$(word 2,$(subst _, ,$*)) -Itests/unit \
		$(PKG_CFLAGS) $(CFLAGS) $(WARN) $(EXTRA) -MMD -MP -c -o $@ $<

# Files that the program carries: their bytes as C numbers, for an array's
# initialiser: #include <src/queue/functions.lua.inc>
$(BUILD)/gen/%.inc: % Makefile
	@mkdir -p $(@D)
	$(call say,EMBED)
	$(Q)od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' >$@.tmp && mv $@.tmp $@

$(LIB_OBJ): | $(EMBED:%=$(BUILD)/gen/%.inc)

check: unit headers layers ## everything that needs no server
	@scripts/check-banned
	@scripts/check-size

unit: $(TESTS) ## unit tests
	@bad=0; for t in $(TESTS); do $$t || bad=1; done; exit $$bad

contract: $(CONTRACTS) ## every backend, on real servers that the tests start
	@bad=0; for t in $(CONTRACTS); do $$t || bad=1; done; exit $$bad

headers: $(HEADERS:%=$(BUILD)/%.ok) ## every header compiles alone

$(BUILD)/%.h.ok: %.h $(HEADERS) Makefile
	@mkdir -p $(@D)
	@printf '#include "%s"\nstruct nothing;\n' '$(<F)' | $(CC) $(CPPFLAGS) $(PKG_CFLAGS) -I$(<D) \
		$(WARN) -x c -fsyntax-only - && touch $@

layers: ## who may include whom
	@scripts/check-layers

format: ## rewrite the C sources in the house format
	@clang-format -i $(shell find src include tests -path tests/node_modules -prune -o -name '*.[ch]' -print)

format-check: ## fail where format would change something
	@clang-format --dry-run -Werror \
		$(shell find src include tests -path tests/node_modules -prune -o -name '*.[ch]' -print)

TIDY := $(LIB_SRC:%=$(BUILD)/tidy/%.ok)

tidy: $(TIDY) ## clang-tidy, one file per process

$(BUILD)/tidy/%.ok: % .clang-tidy $(HEADERS) | $(EMBED:%=$(BUILD)/gen/%.inc)
	@mkdir -p $(@D)
	$(call say,TIDY)
	$(Q)clang-tidy --quiet $< -- $(CPPFLAGS) $(PKG_CFLAGS) -std=c11 \
		-I$(<D) 2>/dev/null
	@touch $@

cppcheck: | $(EMBED:%=$(BUILD)/gen/%.inc) ## cppcheck over all sources
	@mkdir -p $(BUILD)/cppcheck
	$(Q)cppcheck --quiet --enable=warning,performance,portability \
		--std=c11 --inline-suppr --error-exitcode=1 -j$(shell nproc) \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=ctuuninitvar \
		--cppcheck-build-dir=$(BUILD)/cppcheck \
		--include=$(firstword $(wildcard /usr/include/*/sys/queue.h)) \
		-Iinclude -I$(BUILD)/gen -D_GNU_SOURCE src

# make fuzz SECONDS_EACH=60: each fuzzer in turn, its corpus kept
SECONDS_EACH ?= 60
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

fuzz: ## libFuzzer on every parser, 60 s each
	$(Q)$(MAKE) --no-print-directory CC=clang BUILD=build/fuzz VARIANT=fuzz \
		$(FUZZERS:%=build/fuzz/fuzz_%)
	@scripts/fuzz $(SECONDS_EACH) $(FUZZERS)

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/lib$(PROG).a
	$(call say,FUZZ)
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(WARN) $(EXTRA) \
		$(addprefix -I,$(wildcard src/*)) -fsanitize=fuzzer -o $@ $^ \
		$(PKG_LIBS) $(LDLIBS)

system: all ## real processes, real Redis, clients that are not ours
	@scripts/test-system

faults: all ## kill, stop, cut and starve it under load; a checker judges
	@scripts/setup test
	@scripts/faults

# The cost of sync runs, with the HRIS and the rest that contract tests have.
build/bench/micro_sync: tests/bench/micro_sync.c \
		tests/bench/workday_people.c $(CONTRACT_HELP:%.c=$(BUILD)/%.o) $(BUILD)/lib$(PROG).a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -Itests/contract $(LDFLAGS) \
		-o $@ $^ -lcmocka $(PKG_LIBS) $(LDLIBS)

bench: all build/bench/micro_sync ## beside its peers; remakes docs/performance.md
	@scripts/setup bench
	@scripts/bench

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

.PHONY: all run test library check unit tidy cppcheck fuzz system faults bench contract headers layers format format-check clean help
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
