#!/bin/bash
# Before an executor's pod is stopped: the signal lets it hand its shuffle blocks on, and the pod waits for its end.
set -euo pipefail
executor=$(pgrep --full --oldest KubernetesExecutorBackend.*--executor-id)
kill -s SIGPWR "$executor"
exec timeout 60 tail --pid="$executor" --follow /dev/null
