#!/bin/sh
# A batch script that is itself a hierarchy: its instance runs another batch
# job, and a thousand small jobs beside it.
#
#     flux batch -n6 ./batch.sh
#     flux pstree
#
# flux: --job-name=hierarchy
flux batch -n2 --wrap flux submit --wait --cc=1-1000 sleep 10
flux submit --cc=1-1000 sleep 10
flux queue idle
