#!/bin/sh
# A parameter sweep, and what became of it: one job for each line of a file,
# as wide as the instance is; then the parameters of those that failed.
#
#     flux batch -n8 ./sweep.sh ./step parameters.txt
set -e
step=$1
parameters=$2
flux bulksubmit --quiet --job-name={} "$step" {} :::: "$parameters"
flux queue idle --quiet
flux jobs -f failed -no '{name}'
