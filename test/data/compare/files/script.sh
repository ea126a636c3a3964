#!/bin/sh
#flux: -n2
echo hello
