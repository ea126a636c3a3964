# make install, uninstall, installcheck [TESTS='jobs start']; make deb
#
# DESTDIR is put before all names, for packages. What was installed finds its
# commands by its own place, so that PREFIX can be any, and be moved.
BASHCOMP ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMP  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMP ?= $(PREFIX)/share/fish/vendor_completions.d
DOCDIR   ?= $(PREFIX)/share/doc/flux-toolbox
COMMANDS  = $(sort $(filter-out flux,$(PROGS) $(ALIASES)))
PAGES     = $(notdir $(wildcard man/*.[1-8]))
to        = $(DESTDIR)$(PREFIX)

install: all
	install -d $(to)/bin $(to)/libexec/flux $(DESTDIR)$(BASHCOMP) \
	    $(DESTDIR)$(ZSHCOMP) $(DESTDIR)$(FISHCOMP) \
	    $(DESTDIR)$(DOCDIR)/examples $(foreach s,1 5 7,$(to)/share/man/man$(s))
	install $(BIN)/flux $(to)/bin/
	install $(filter-out $(BIN)/flux,$(PROGS:%=$(BIN)/%)) $(to)/libexec/flux/
	$(foreach p,$(PROGS),$(foreach a,$(ALIASES_$(p)),\
	    ln -sf $(p) $(to)/libexec/flux/$(a) &&)) true
	$(foreach s,1 5 7,install -m 644 man/*.$(s) $(to)/share/man/man$(s)/ &&) true
	$(BIN)/flux completion bash >$(DESTDIR)$(BASHCOMP)/flux
	$(BIN)/flux completion zsh >$(DESTDIR)$(ZSHCOMP)/_flux
	$(BIN)/flux completion fish >$(DESTDIR)$(FISHCOMP)/flux.fish
	install -m 644 README.md DIFFERENCES.md SECURITY.md $(DESTDIR)$(DOCDIR)/
	install examples/*.sh $(DESTDIR)$(DOCDIR)/examples/

# What install has made, and no more: directories only if they are empty then.
uninstall:
	rm -f $(to)/bin/flux $(COMMANDS:%=$(to)/libexec/flux/%) \
	    $(foreach p,$(PAGES),$(to)/share/man/man$(patsubst .%,%,$(suffix $(p)))/$(p)) \
	    $(DESTDIR)$(BASHCOMP)/flux $(DESTDIR)$(ZSHCOMP)/_flux \
	    $(DESTDIR)$(FISHCOMP)/flux.fish
	rm -rf $(DESTDIR)$(DOCDIR)
	-rmdir -p --ignore-fail-on-non-empty $(patsubst %/,%,$(dir $(DESTDIR)$(DOCDIR))) \
	    $(to)/libexec/flux \
	    $(to)/bin $(DESTDIR)$(BASHCOMP) $(DESTDIR)$(ZSHCOMP) \
	    $(DESTDIR)$(FISHCOMP) $(foreach s,1 5 7,$(to)/share/man/man$(s)) \
	    2>/dev/null

installcheck:
	test/installcheck $(to) $(TESTS)

# The package and what lintian says of it, in ../ or DEB
deb:
	test/deb $(DEB)
.PHONY: install uninstall installcheck deb
