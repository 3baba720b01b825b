#!/bin/bash
# tini takes in the children that a spark-submit leaves behind.
exec /usr/bin/tini -s -- /usr/bin/spark-operator "$@"
