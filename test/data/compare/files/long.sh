#!/bin/sh
# a comment

# flux: -N2 -n4
# flux: --job-name=myjob   # trailing comment
# flux: --output="my {{id}}.out"
# flux: --setattr=user.conf="""
# flux: [config]
# flux:   item = "foo"
# flux: """
flux run -n4 hostname
