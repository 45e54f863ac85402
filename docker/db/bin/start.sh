#!/bin/sh
# Starts the image's own entry point so that it finds the postgres beside this
# file before the real one.
PATH=$(dirname "$0"):$PATH
exec docker-entrypoint.sh "$@"
